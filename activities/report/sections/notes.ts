import type { InputSource } from '../../activity.js';
import type { JsonObject } from '../../../recipe/json.js';

/** What a report keeps of one artifact among its notes. */
export interface Note {
  readonly title: string;
  readonly kind: string;
  readonly records: number;
  /** Counts by property and value, for the large kinds. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The first records of the small kinds. */
  readonly rows: readonly JsonObject[];
  /** Loss by step, where the records are a training log. */
  readonly losses: Readonly<Record<string, readonly { readonly x: number; readonly y: number }[]>>;
  readonly models: readonly string[];
}

/** Properties that say how far a record came, by kind. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  instances: ['status', 'source', 'reason'],
  trajectories: ['class', 'exit', 'failure_class', 'loop', 'leak'],
  verdicts: ['status', 'resolved'],
  environments: ['python'],
  checkouts: ['licence', 'role'],
};
const MOST_ROWS = 60;
const MOST_VALUES = 25;

export async function readNote(source: InputSource, records: AsyncIterable<unknown>): Promise<Note> {
  const counts: Record<string, Record<string, number>> = {};
  const rows: JsonObject[] = [];
  const losses: Record<string, { x: number; y: number }[]> = {};
  const models = new Set<string>();
  const counted = COUNTED[source.kind];
  let count = 0;
  for await (const record of records) {
    count += 1;
    if (typeof record !== 'object' || record === null) continue;
    const row = record as JsonObject;
    if (typeof row['model'] === 'string') models.add(row['model']);
    for (const property of counted ?? []) {
      const value = row[property];
      if (value === undefined) continue;
      const own = (counts[property] ??= {});
      const name = typeof value === 'string' ? value : JSON.stringify(value);
      own[name] = (own[name] ?? 0) + 1;
    }
    if (source.kind === 'trajectories') countTurns(row, counts);
    if (counted !== undefined) continue;
    addLosses(row, losses);
    if (rows.length < MOST_ROWS) rows.push(row);
  }
  for (const [property, values] of Object.entries(counts)) {
    const sorted = Object.entries(values).sort(([, a], [, b]) => b - a);
    const rest = sorted.slice(MOST_VALUES).reduce((sum, [, value]) => sum + value, 0);
    counts[property] = {
      ...Object.fromEntries(sorted.slice(0, MOST_VALUES)),
      ...(rest === 0 ? {} : { '(others)': rest }),
    };
  }
  const title = source.key === '' ? source.kind : `${source.kind}, ${source.key}`;
  return { title, kind: source.kind, records: count, counts, rows, losses, models: [...models] };
}

function countTurns(row: JsonObject, counts: Record<string, Record<string, number>>): void {
  const own = (counts['assistant turns'] ??= { trained: 0, masked: 0 });
  for (const message of Array.isArray(row['messages']) ? row['messages'] : []) {
    if (typeof message !== 'object' || message === null || Array.isArray(message) || message['role'] !== 'assistant')
      continue;
    const name = message['turn_mask'] === true ? 'masked' : 'trained';
    own[name] = (own[name] ?? 0) + 1;
  }
}

/** A log line has a step and one or more losses; a record may hold a whole log under `log` or `history`. */
function addLosses(row: JsonObject, losses: Record<string, { x: number; y: number }[]>): void {
  for (const nested of [row['log'], row['history'], row['losses'], row['curve']]) {
    for (const entry of Array.isArray(nested) ? nested : []) {
      if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) addLosses(entry, losses);
    }
  }
  const step = row['step'] ?? row['current_steps'];
  if (typeof step !== 'number') return;
  for (const [name, value] of Object.entries(row)) {
    if (/loss/.test(name) && typeof value === 'number' && Number.isFinite(value))
      (losses[name] ??= []).push({ x: step, y: value });
  }
}
