import type { ActivityDeclaration } from './declaration.js';
import type { Json, JsonObject } from './json.js';
import { trees } from './inputs.js';
import { isObject } from './merge.js';
import { isInside } from './paths.js';
import type { Reporter } from './reporter.js';
import type { Place } from './source.js';
import { listed } from './suggest.js';

/** What a stage says that its command writes. */
export interface DeclaredOutput {
  readonly kind: string;
  /** Relative to the working folder. */
  readonly path: string;
  /** Members of a JSON document that are values of the stage; true: all that are numbers, strings or booleans. */
  readonly scalars?: readonly string[] | true;
}

/** `outputs:` of a stage, with paths filled in; undefined where its activity has outputs of its own. */
export function declareOutputs(
  declaration: ActivityDeclaration,
  raw: Json | undefined,
  reporter: Reporter,
  at: (...path: (string | number)[]) => Place,
): JsonObject | undefined {
  if (declaration.declaredByStage !== true) {
    if (raw !== undefined)
      reporter.error(
        { ...at('outputs'), key: true },
        'outputs-of-activity',
        `\`${declaration.name}\` has outputs of its own: ${listed(Object.keys(declaration.outputs))}. Only a \`command\` declares what it writes.`,
      );
    return undefined;
  }
  const outputs: JsonObject = {};
  const paths = new Map<string, string>();
  for (const [name, given] of Object.entries(isObject(raw ?? null) ? (raw as JsonObject) : {})) {
    const declared = isObject(given) ? given : { kind: given };
    const kind = String(declared.kind);
    const path = typeof declared.path === 'string' ? declared.path : defaultPath(name, kind);
    const place = (): Place => at('outputs', name, ...(declared.path === undefined ? [] : ['path']));
    if (!isInside(path) || path === 'inputs' || path.startsWith('inputs/'))
      reporter.error(
        place(),
        'invalid-path',
        `\`${path}\` is no place for an output: give a path within /work, outside of inputs/.`,
      );
    for (const text of [kind, path])
      if (text.includes('${{'))
        reporter.error(
          at('outputs', name),
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
        { ...at('outputs', name, 'scalars'), key: true },
        'invalid-value',
        `Values are read from one JSON document: give \`${name}\` a \`path\` that ends with .json.`,
      );
    outputs[name] = { kind, path, ...(scalars === undefined || scalars === false ? {} : { scalars }) };
  }
  return outputs;
}

const declarations = new WeakMap<ActivityDeclaration, Map<string, ActivityDeclaration>>();
const mostDeclarations = 10_000;

/** The declaration of this one stage; stages that declare the same share it. */
export function withOutputs(declaration: ActivityDeclaration, outputs: JsonObject | undefined): ActivityDeclaration {
  if (outputs === undefined) return declaration;
  const text = JSON.stringify(outputs);
  const known = declarations.get(declaration) ?? new Map<string, ActivityDeclaration>();
  declarations.set(declaration, known);
  const found = known.get(text) ?? declaring(declaration, outputs);
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
