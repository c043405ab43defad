import { display } from './functions.js';
import type { ActivityDeclaration } from './declaration.js';
import { declareOutputs, withOutputs } from './declared-outputs.js';
import type { NewDraft, Policy } from './draft.js';
import type { Scope } from './evaluate.js';
import { findActivity } from './find-activity.js';
import type { JsonObject } from './json.js';
import { own } from './merge.js';
import { readPolicy } from './policy.js';
import type { Group, StageEntry } from './planner.js';
import type { Place } from './source.js';
import { readInputs } from './stage-inputs.js';
import { readWith } from './stage-values.js';
import { resolveTemplates } from './template.js';
import { Artifact, type Broken, Instance, broken, plainValue } from './values.js';
import { checkExpect } from './check-expect.js';

/** Makes the node of a stage that uses an activity. All that is wrong with the stage is reported, not only the first. */
export function expandActivity(
  group: Group,
  stage: StageEntry,
  scope: Scope,
  id: string,
  key: string,
): Instance | Broken {
  const { reporter, cell, identities } = group.planner.options;
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
  const draft: NewDraft = {
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
    work: -1,
  };
  draft.work = identities.numberOf(draft);
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
