import { display } from '../expressions/functions.js';
import type { Json } from '../json.js';
import type { Recipe } from '../load/load.js';
import { isObject } from '../merge.js';
import type { Reporter } from '../syntax/reporter.js';

/**
 * Warns of stages that do work which nothing reads. Where a recipe says what its results are, by a report, an export or a
 * comparison, any other stage is there to be read; without one the last stages are the results. `targets` leave out on purpose.
 */
export function checkUnused(recipe: Recipe, reporter: Reporter): void {
  if (recipe.targets !== undefined) return;
  if (recipe.compare === undefined && !hasResult(recipe)) return;
  const own = recipe.chain.at(-1)?.source;
  const read = readStages(recipe);
  for (const [name, entry] of recipe.stages) {
    // A stage of a recipe that is extended is that one's business.
    if (entry.source !== own || read.has(name) || isGate(entry.raw)) continue;
    if (isResult(entry.raw, recipe) || mayAct(entry.raw, recipe)) continue;
    reporter.warn(
      { ...entry.place, key: true },
      'unused-stage',
      `Nothing reads stage \`${name}\`: no other stage and no report does. Use its outputs, name it in \`targets\`, or remove it.`,
    );
  }
}

function hasResult(recipe: Recipe): boolean {
  for (const { raw } of recipe.stages.values()) if (isResult(raw, recipe)) return true;
  return false;
}

/** Whether a stage, or the part that it uses, is there for what it shows or writes. */
function isResult(raw: Json, recipe: Recipe): boolean {
  return usesOne(raw, recipe, showsOrWrites);
}

function showsOrWrites(uses: string): boolean {
  return uses === 'data/export' || uses.startsWith('report/');
}

/** Whether it may do something beside its outputs: a command, and what other packages and recipes do, is theirs to know. */
function mayAct(raw: Json, recipe: Recipe): boolean {
  return usesOne(raw, recipe, isForeign);
}

function isForeign(uses: string): boolean {
  return !/^(?:data|validate|agent|sft|tts)\//.test(uses);
}

/** Whether it uses an activity that is such, by itself or by a stage of the part that it uses. */
function usesOne(raw: Json, recipe: Recipe, isSuch: (uses: string) => boolean): boolean {
  const uses = isObject(raw) ? display(raw.uses ?? null) : '';
  if (!uses.startsWith('part/')) return isSuch(uses);
  const part = recipe.parts.get(uses.slice('part/'.length))?.raw ?? null;
  const stages = isObject(part) && isObject(part.stages) ? Object.values(part.stages) : [];
  return stages.some((stage) => isSuch(isObject(stage) ? display(stage.uses ?? null) : ''));
}

/** A stage that may hold the run is read by the people who decide. */
function isGate(raw: Json): boolean {
  return isObject(raw) && (raw.expect !== undefined || raw.approve === true);
}

/** Names of stages that any text outside of the stage itself may speak of: rather one too many than a false warning. */
function readStages(recipe: Recipe): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: Json, own: string): void => {
    if (typeof value === 'string') {
      for (const [name] of value.matchAll(/[A-Za-z_][\w-]*/g)) if (name !== own) found.add(name);
    } else if (value !== null && typeof value === 'object') {
      for (const entry of Object.values(value)) visit(entry, own);
    }
  };
  for (const [name, { raw }] of recipe.stages) {
    if (!isObject(raw)) continue;
    const { uses: _uses, ...rest } = raw;
    visit(rest, name);
  }
  for (const { raw } of [...recipe.models.values(), ...recipe.parts.values()]) visit(raw, '');
  visit(recipe.compare?.raw ?? null, '');
  // A param may hold references as text, for a foreach.
  for (const { data } of recipe.chain) {
    visit(data.params ?? null, '');
    visit(data.profiles ?? null, '');
  }
  return found;
}
