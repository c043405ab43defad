import type { NodeStatus, RunStatus } from '../../engine/client/run-status.js';
import { formatDuration } from '../format.js';
import { table } from '../table.js';

/** The stages of a run with state, time and the numbers they came to. */
export function stageTable({ nodes }: Pick<RunStatus, 'nodes'>, now: number): string[] {
  return table(
    ['STAGE', 'STATE', '>TIME', 'NUMBERS'],
    nodes.map((node) => [
      node.id,
      node.approved ? `${node.state}, approved` : node.state,
      timeOf(node, now),
      numbersOf(node),
    ]),
  );
}

function timeOf({ startedAt, endedAt, state }: NodeStatus, now: number): string {
  if (!startedAt || state === 'cached') return '';
  return formatDuration((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt));
}

function numbersOf({ scalars, progress, failure, note }: NodeStatus): string {
  if (failure) return failure.message.split('\n')[0] ?? '';
  if (progress) return [`${progress.done}/${progress.total}`, progress.note, note].filter(Boolean).join(', ');
  if (note) return note;
  const simple = Object.entries(scalars ?? {}).filter(
    ([, value]) => typeof value === 'number' || typeof value === 'boolean',
  );
  return simple
    .slice(0, 4)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(3) : String(value)}`,
    )
    .join(', ');
}
