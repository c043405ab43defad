import { checkExpect } from './check-expect.js';
import type { ActivityDeclaration } from '../declaration.js';
import { declarationOf } from './declared-outputs.js';
import type { NewDraft, Policy } from '../draft.js';
import type { Scope } from '../expressions/evaluate.js';
import { findActivity } from './find-activity.js';
import { display } from '../expressions/functions.js';
import type { JsonObject } from '../json.js';
import { own } from '../merge.js';
import type { Group, StageEntry } from './planner.js';
import { readPolicy } from './policy.js';
import { readInputs } from './stage-inputs.js';
import { readWith } from './stage-values.js';
import { resolveTemplates } from '../expressions/template.js';
import { type Broken, Task, broken, isHandle, plainValue } from '../expressions/values.js';

/** Makes the node of a stage that uses an activity. All that is wrong with the stage is reported, not only the first. */
export function expandActivity(group: Group, stage: StageEntry, scope: Scope, id: string, key: string): Task | Broken {
  const { planner } = group;
  const { reporter, cell, identities } = planner.options;
  const { raw, entry } = stage;
  const found = findActivity(display(raw.uses ?? null), planner.options, entry);
  if (found === undefined) return broken;
  const declaration = declarationOf(found, raw.outputs, reporter, entry);
  const inputs = readInputs(group, stage, declaration, scope);
  const values = readWith(group, stage, declaration, inputs?.kinds ?? {}, scope);
  const policy = policyOf(group, stage, declaration, scope);
  const expect =
    typeof raw.expect === 'string'
      ? checkExpect(raw.expect, declaration, scope, reporter, entry.at('expect'))
      : undefined;
  const needed = group.needed(stage);
  if (inputs === undefined || values === undefined) return broken;
  // What is collected, and from where, is part of what the stage is.
  if (declaration.declaredByStage === true) values.outputs = declaration.outputs;
  const { names, kinds } = kindsOf(declaration, inputs.kinds);
  const draft: NewDraft = {
    id,
    cell,
    declaration,
    inputs: inputs.sources,
    kinds,
    with: values,
    needs: needed.length === 0 ? group.needs : [...group.needs, ...needed],
    policy,
    expect,
    approve: raw.approve === true,
    line: entry.line,
    entry,
    work: -1,
  };
  draft.work = identities.numberOf(draft);
  planner.drafts.push(draft);
  return new Task(draft, key, names);
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

function policyOf(group: Group, stage: StageEntry, { queue, map }: ActivityDeclaration, scope: Scope): Policy {
  const { planner } = group;
  const { raw, entry } = stage;
  const { reporter } = planner.options;
  // Most stages say nothing of it, and share one.
  const { retry, timeout, items, sandbox, queue: own } = raw;
  const says = retry !== undefined || timeout !== undefined || items !== undefined || sandbox !== undefined;
  const shared = says || own !== undefined ? undefined : planner.policies[map ? 'items' : 'whole'];
  const known = shared?.get(queue);
  if (known !== undefined) return known;
  const given: JsonObject = {};
  for (const field of policyFields) {
    if (raw[field] === undefined) continue;
    const plain = plainValue(resolveTemplates(raw[field], scope, reporter, entry.at(field)));
    if (!isHandle(plain)) given[field] = plain;
  }
  let sound = true;
  const policy = readPolicy(given, planner.defaults, queue, Boolean(map), (path, code, message) => {
    sound = false;
    reporter.error(entry.at(...path), code, message);
  });
  if (sound) shared?.set(queue, policy);
  return policy;
}
