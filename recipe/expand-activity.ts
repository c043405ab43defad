import { display } from './functions.js';
import type { ActivityDeclaration, InputDeclaration } from './declaration.js';
import { declareOutputs, withOutputs } from './declared-outputs.js';
import type { Draft, DraftInput, Policy } from './draft.js';
import { type Scope, evaluate } from './evaluate.js';
import { ExpressionProblem, parseExpression } from './expression.js';
import { findActivity } from './find-activity.js';
import { impliedSources } from './implied-sources.js';
import { isAbsent, readInput, resolveReference } from './inputs.js';
import type { Json, JsonObject } from './json.js';
import { isObject, own } from './merge.js';
import { readPolicy } from './policy.js';
import type { Group, StageEntry } from './planner.js';
import type { Place } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { reportProblem, resolveTemplates, wholeExpression } from './template.js';
import { reportViolation } from './unquoted.js';
import { validateSchema } from './validate.js';
import { Artifact, Broken, Instance, type Value, broken, describeHandle, plainValue } from './values.js';
import { compileWhere } from './where.js';
import { checkExpect } from './check-expect.js';

/** Makes the node of a stage that uses an activity. All that is wrong with the stage is reported, not only the first. */
export function expandActivity(
  group: Group,
  stage: StageEntry,
  scope: Scope,
  id: string,
  key: string,
): Instance | Broken {
  const { reporter, cell } = group.planner.options;
  const at = (...path: (string | number)[]): Place => ({ ...stage.place, path: [...stage.place.path, ...path] });
  const found = findActivity(display(stage.raw.uses ?? null), group.planner.options, at('uses'));
  if (found === undefined) return broken;
  const outputs = declareOutputs(found, stage.raw.outputs, reporter, at);
  const declaration = withOutputs(found, outputs);
  const inputs = readInputs(group, stage, declaration, scope, at);
  const values = readWith(group, stage, declaration, inputs?.kinds ?? {}, scope, at);
  const policy = policyOf(group, stage, declaration, scope, at);
  const expect =
    typeof stage.raw.expect === 'string'
      ? checkExpect(stage.raw.expect, declaration, scope, reporter, at('expect'))
      : undefined;
  const needed = group.needed(stage);
  const needs = needed.length === 0 ? group.needs : [...group.needs, ...needed];
  if (inputs === undefined || values === undefined) return broken;
  const { names, kinds } = kindsOf(declaration, inputs.kinds);
  const draft: Draft = {
    id,
    cell,
    declaration,
    inputs: inputs.sources,
    kinds,
    // What is collected, and from where, is part of what the stage is.
    with: outputs === undefined ? values : { ...values, outputs: declaration.outputs },
    needs,
    policy,
    ...(expect === undefined ? {} : { expect }),
    approve: stage.raw.approve === true,
    line: stage.place.source.line(stage.place.path, true),
    place: stage.place,
  };
  group.planner.drafts.push(draft);
  let artifacts: Map<string, Artifact> | undefined;
  const artifact = (output: string): Artifact => {
    const known = artifacts?.get(output);
    if (known) return known;
    const made = new Artifact(kinds[output] ?? 'any', [{ from: 'node', draft, output, key }]);
    (artifacts ??= new Map<string, Artifact>()).set(output, made);
    return made;
  };
  return new Instance(id, key, names, artifact, [draft]);
}

interface Kinds {
  readonly names: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
}

const kindsOfActivities = new WeakMap<ActivityDeclaration, Kinds>();

/** Kinds of the outputs: an `any` is of the kind of the input of its name. Stages of one activity share them where nothing is left open. */
function kindsOf(declaration: ActivityDeclaration, given: Readonly<Record<string, string>>): Kinds {
  const known = kindsOfActivities.get(declaration);
  if (known !== undefined) return known;
  const kinds: Record<string, string> = {};
  let open = false;
  for (const [output, { kind }] of Object.entries(declaration.outputs)) {
    open ||= kind === 'any';
    kinds[output] = kind === 'any' ? (own(given, output) ?? kind) : kind;
  }
  const found = { names: Object.keys(kinds), kinds };
  if (!open) kindsOfActivities.set(declaration, found);
  return found;
}

const policyFields = ['retry', 'timeout', 'items', 'sandbox', 'queue'] as const;

function policyOf(
  group: Group,
  stage: StageEntry,
  { queue, map }: ActivityDeclaration,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): Policy {
  const { planner } = group;
  const { reporter } = planner.options;
  const said = policyFields.filter((field) => stage.raw[field] !== undefined);
  // Most stages say nothing of it, and share one.
  const shared = said.length === 0 ? `${queue} ${Boolean(map)}` : undefined;
  const known = shared === undefined ? undefined : planner.policies.get(shared);
  if (known !== undefined) return known;
  const given: JsonObject = {};
  for (const field of said) {
    const plain = plainValue(resolveTemplates(stage.raw[field] ?? null, scope, reporter, at(field)));
    if ('json' in plain) given[field] = plain.json;
  }
  let sound = true;
  const policy = readPolicy(given, planner.defaults, queue, Boolean(map), (path, code, message) => {
    sound = false;
    reporter.error(at(...path), code, message);
  });
  if (shared !== undefined && sound) planner.policies.set(shared, policy);
  return policy;
}

/** A command takes anything; a list may come to nothing. */
function ofCommand(raw: Json): InputDeclaration {
  return { kind: 'any', optional: Array.isArray(raw) };
}

function readInputs(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): { sources: Record<string, readonly DraftInput[]>; kinds: Record<string, string> } | undefined {
  const { reporter } = group.planner.options;
  const given = isObject(stage.raw.inputs) ? stage.raw.inputs : {};
  const sources: Record<string, readonly DraftInput[]> = {};
  const kinds: Record<string, string> = {};
  // A misspelt input is told once: as misspelt, not as missing too.
  const misspelt = new Set<string>();
  let failed = false;
  for (const [name, raw] of Object.entries(given)) {
    const input = own(declaration.inputs, name) ?? (declaration.declaredByStage ? ofCommand(raw) : undefined);
    if (input === undefined) {
      const meant = suggest(name, Object.keys(declaration.inputs));
      if (meant !== undefined) misspelt.add(meant);
      const properties = Object.keys((declaration.params.properties as object | undefined) ?? {});
      const hint = properties.includes(name)
        ? '; it is a value: put it under `with`.'
        : didYouMean(meant) || `; it takes ${listed(Object.keys(declaration.inputs))}.`;
      reporter.error(
        { ...at('inputs', name), key: true },
        'unknown-input',
        `\`${declaration.name}\` has no input \`${name}\`${hint}`,
        meant,
      );
      failed = true;
      continue;
    }
    const place = at('inputs', name);
    const value = resolveReference(raw, scope, reporter, place);
    const resolved = readInput(value, name, input, reporter, place);
    failed ||= resolved.broken;
    if (resolved.sources.length > 0) {
      sources[name] = resolved.sources;
      kinds[name] = resolved.kinds[0] ?? 'any';
    } else if (isAbsent(resolved) && input.optional !== true) {
      failed = true;
      const why = resolved.pruned
        .map((pruned) => `stage \`${pruned.id}\` is pruned (line ${pruned.line}: ${pruned.reason})`)
        .join(', and ');
      reporter.error(
        place,
        'pruned-input',
        `Stage \`${stage.id}\` needs \`${name}\`, but ${why || 'this is null'}. Prune this stage too, give an alternative with \`||\`, or change the condition.`,
      );
    }
  }
  for (const [name, input] of Object.entries(declaration.inputs)) {
    if (input.optional === true || Object.hasOwn(given, name) || misspelt.has(name)) continue;
    // What it would be taken from is broken, and told.
    if (input.implied && failed) continue;
    const found = input.implied ? impliedSources(Object.values(sources).flat(), input) : [];
    if (found.length > 0) {
      sources[name] = found;
      kinds[name] = [input.kind].flat()[0] ?? 'any';
      continue;
    }
    failed = true;
    reporter.error(
      stage.raw.inputs === undefined ? at('uses') : { ...at('inputs'), key: true },
      'missing-input',
      `\`${declaration.name}\` needs the input \`${name}\` (${[input.kind].flat().join(' or ')}).`,
    );
  }
  return failed ? undefined : { sources, kinds };
}

function readWith(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  kinds: Record<string, string>,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): JsonObject | undefined {
  const { reporter } = group.planner.options;
  const values: JsonObject = {};
  let failed = false;
  for (const [name, raw] of Object.entries(isObject(stage.raw.with) ? stage.raw.with : {})) {
    const place = at('with', name);
    const predicate = declaration.predicates && own(declaration.predicates, name);
    const value =
      predicate === undefined
        ? plain(resolveTemplates(raw, scope, reporter, place), name, place)
        : where(raw, name, kinds[predicate] ?? predicate, place);
    if (value === undefined) failed = true;
    else values[name] = value;
  }
  const violations =
    failed && Object.keys(values).length === 0
      ? []
      : validateSchema(declaration.params, values, `\`with\` of \`${declaration.name}\``);
  for (const violation of violations) {
    // What failed above is absent here, and told already.
    if (violation.code === 'missing-key' && failed) continue;
    if (
      violation.code === 'unknown-key' &&
      Object.hasOwn(declaration.inputs, String(violation.path[0])) &&
      violation.path.length === 1
    ) {
      reporter.error(
        { ...at('with', ...violation.path), key: true },
        'unknown-key',
        `${String(violation.path[0])} is an artifact: put it under \`inputs\`.`,
      );
    } else {
      reportViolation(reporter, at('with', ...violation.path), violation);
    }
    failed = true;
  }
  return failed ? undefined : values;

  function plain(value: Value, name: string, place: Place): Json | undefined {
    const result = plainValue(value);
    if ('json' in result) return result.json;
    if (!(result.handle instanceof Broken)) {
      reporter.error(
        place,
        'artifact-in-with',
        `\`${name}\` is ${describeHandle(result.handle)}: artifacts, files and models belong under \`inputs\`, \`with\` takes values.`,
      );
    }
    return undefined;
  }

  /** Bare, or the whole of one `${{ }}` that yields the text of a predicate. */
  function where(raw: Json, name: string, kind: string, place: Place): Json | undefined {
    if (raw === null) return null;
    try {
      const whole = typeof raw === 'string' ? wholeExpression(raw) : undefined;
      const text = whole ? evaluate(parseExpression(whole.expression), scope) : raw;
      if (text === null) return null;
      if (typeof text === 'string') return compileWhere(text, kind, scope);
      reporter.error(place, 'wrong-type', `\`${name}\` takes a predicate over \`item\`, such as item.turns <= 50.`);
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error;
      reportProblem(error, reporter, place, 0);
    }
    return undefined;
  }
}
