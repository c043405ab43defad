import type { ActivityDeclaration } from '../declaration.js';
import type { NamedEntry } from '../syntax/entry.js';
import type { Json, JsonObject } from '../json.js';
import { trees } from './inputs.js';
import { isObject } from '../merge.js';
import { isInside } from '../paths.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { listed } from '../suggest.js';

/** What a stage says that its command writes. */
export interface DeclaredOutput {
  readonly kind: string;
  /** Relative to the working folder. */
  readonly path: string;
  /** Members of a JSON document that are values of the stage; true: all that are numbers, strings or booleans. */
  readonly scalars?: readonly string[] | true;
}

/**
 * What an activity is to a stage: itself, or with the outputs that the stage declares. What is wrong with them is reported.
 * @param raw `outputs:` of the stage
 */
export function declarationOf(
  activity: ActivityDeclaration,
  raw: Json | undefined,
  reporter: Reporter,
  stage: NamedEntry,
): ActivityDeclaration {
  if (activity.declaredByStage !== true) {
    if (raw !== undefined)
      reporter.error(
        { ...stage.at('outputs'), key: true },
        'outputs-of-activity',
        `\`${activity.name}\` has outputs of its own: ${listed(Object.keys(activity.outputs))}. Only a \`command\` declares what it writes.`,
      );
    return activity;
  }
  if (stage.declared?.activity === activity) return stage.declared.declaration;
  const before = reporter.count;
  const declaration = withOutputs(activity, readOutputs(isObject(raw) ? raw : {}, reporter, stage));
  if (reporter.count === before) stage.declared = { activity, declaration };
  return declaration;
}

/** With paths filled in. */
function readOutputs(given: JsonObject, reporter: Reporter, stage: NamedEntry): JsonObject {
  const outputs: JsonObject = {};
  const paths = new Map<string, string>();
  for (const [name, said] of Object.entries(given)) {
    const declared = isObject(said) ? said : { kind: said };
    const kind = String(declared.kind);
    const path = typeof declared.path === 'string' ? declared.path : defaultPath(name, kind);
    const place = (): Place => stage.at('outputs', name, ...(declared.path === undefined ? [] : ['path']));
    if (!isInside(path) || path === 'inputs' || path.startsWith('inputs/'))
      reporter.error(
        place(),
        'invalid-path',
        `\`${path}\` is no place for an output: give a path within /work, outside of inputs/.`,
      );
    for (const text of [kind, path])
      if (text.includes('${{'))
        reporter.error(
          stage.at('outputs', name),
          'invalid-value',
          `Output \`${name}\` says \`${text}\`: what a command writes is written out, without expressions.`,
        );
    const other = paths.get(path);
    if (other !== undefined)
      reporter.error(
        place(),
        'invalid-path',
        `The outputs \`${other}\` and \`${name}\` are both written to \`${path}\`.`,
      );
    paths.set(path, name);
    const { scalars } = declared;
    if (scalars !== undefined && scalars !== false && formOf({ kind, path }) !== 'document')
      reporter.error(
        { ...stage.at('outputs', name, 'scalars'), key: true },
        'invalid-value',
        `Values are read from one JSON document: give \`${name}\` a \`path\` that ends with .json.`,
      );
    outputs[name] = { kind, path, ...(scalars === undefined || scalars === false ? {} : { scalars }) };
  }
  return outputs;
}

const declarations = new WeakMap<ActivityDeclaration, Map<string, ActivityDeclaration>>();
const mostDeclarations = 10_000;

/** Stages that declare the same share it. */
function withOutputs(activity: ActivityDeclaration, outputs: JsonObject): ActivityDeclaration {
  const text = JSON.stringify(outputs);
  const known = declarations.get(activity) ?? new Map<string, ActivityDeclaration>();
  declarations.set(activity, known);
  const found = known.get(text) ?? declaring(activity, outputs);
  if (known.size < mostDeclarations) known.set(text, found);
  return found;
}

function declaring(declaration: ActivityDeclaration, outputs: JsonObject): ActivityDeclaration {
  const declared = Object.values(outputs as unknown as Record<string, DeclaredOutput>);
  const unknown = declared.some(({ scalars }) => scalars === true);
  const scalars = declared.flatMap(({ scalars = [] }) => (scalars === true ? [] : scalars));
  return {
    ...declaration,
    outputs: outputsOf(declaration, { outputs }),
    ...(unknown ? {} : { scalars }),
  };
}

/** Outputs of a stage by name: the activity's own, or those that the stage declared. */
export function outputsOf(
  declaration: Pick<ActivityDeclaration, 'outputs' | 'declaredByStage'>,
  values: JsonObject,
): Readonly<Record<string, { readonly kind: string }>> {
  if (declaration.declaredByStage !== true) return declaration.outputs;
  return (values.outputs ?? {}) as Record<string, { kind: string }>;
}

/** How an output is read: a record a line, one JSON document, or files. */
export function formOf({ kind, path }: Pick<DeclaredOutput, 'kind' | 'path'>): 'records' | 'document' | 'files' {
  if (trees.includes(kind)) return 'files';
  if (path.endsWith('.jsonl')) return 'records';
  return path.endsWith('.json') ? 'document' : 'files';
}

function defaultPath(name: string, kind: string): string {
  return trees.includes(kind) ? `outputs/${name}` : `outputs/${name}.jsonl`;
}
