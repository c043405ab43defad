import { canonicalJson } from '../recipe/canonical.js';
import type { RunView } from './run-view.js';

export interface Change {
  readonly name: string;
  /** Undefined: not there. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface RunDifference {
  readonly before: string;
  readonly after: string;
  readonly params: readonly Change[];
  /** Stages whose work differs, by their keys; undefined on a side: the run has no such stage, or has not reached it. */
  readonly stages: readonly Change[];
  readonly scalars: readonly Change[];
  /** Stages that did the same work. */
  readonly same: number;
}

export function diffRuns(before: RunView, after: RunView): RunDifference {
  const keys = [keysOf(before), keysOf(after)] as const;
  const stages = changes(...keys);
  const shared = Object.keys(keys[0]).filter((id) => keys[0][id] !== undefined && keys[0][id] === keys[1][id]);
  return {
    before: before.record.id,
    after: after.record.id,
    params: changes(before.plan.params, after.plan.params),
    stages,
    scalars: changes(scalarsOf(before), scalarsOf(after)),
    same: shared.length,
  };
}

export function renderRunDifference({ before, after, params, stages, scalars, same }: RunDifference): string[] {
  const lines = [`${before} -> ${after}: ${same} stages did the same work.`];
  const section = (title: string, list: readonly Change[], show: (value: unknown) => string): void => {
    if (list.length === 0) return;
    lines.push('', title);
    for (const change of list) lines.push(`  ${change.name}: ${show(change.before)} -> ${show(change.after)}`);
  };
  section('Params', params, text);
  section('Stages', stages, (key) => (typeof key === 'string' ? key.replace('sha256:', '').slice(0, 12) : '(none)'));
  section('Numbers', scalars, text);
  return lines;
}

function text(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}

function keysOf({ plan, nodes }: RunView): Record<string, string | undefined> {
  return Object.fromEntries(plan.nodes.map(({ id }, number) => [id, nodes.get(number)?.key]));
}

function scalarsOf({ nodes }: RunView): Record<string, unknown> {
  const entries = [...nodes.values()].flatMap(({ id, scalars }) =>
    Object.entries(scalars ?? {}).map(([name, value]) => [`${id}.${name}`, value] as const),
  );
  return Object.fromEntries(entries);
}

function changes(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => plain(before[name]) !== plain(after[name]))
    .map((name) => ({ name, before: before[name], after: after[name] }));
}

function plain(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}
