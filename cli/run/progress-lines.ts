import type { NodeStatus, RunStatus } from '../../engine/client/run-status.js';
import { CONTROL_QUEUE } from '../../engine/names.js';
import { formatDuration } from '../format.js';
import type { Colour } from '../output.js';
import type { Pace } from './pace.js';

export interface Line {
  readonly text: string;
  readonly colour?: Colour;
}

/** `7 of 28 stages (3 cached), 2 running, 1 on hold`. */
export function summarise({ nodes }: Pick<RunStatus, 'nodes'>): string {
  const count = (...states: NodeStatus['state'][]): number =>
    nodes.filter(({ state }) => states.includes(state)).length;
  const cached = count('cached');
  const parts = [
    `${count('cached', 'done', 'skipped')} of ${nodes.length} stages${cached > 0 ? ` (${cached} cached)` : ''}`,
  ];
  if (count('running') > 0) parts.push(`${count('running')} running`);
  if (count('held') > 0) parts.push(`${count('held')} on hold`);
  if (count('failed') > 0) parts.push(`${count('failed')} failed`);
  return parts.join(', ');
}

/** What is under way, for redrawing: a line for the run, then one a stage that runs or is on hold. */
export function liveLines(status: RunStatus, pace: Pace, now: number, most: number): Line[] {
  const running = status.nodes.filter(({ state }) => state === 'running');
  const held = status.nodes.filter(({ state }) => state === 'held');
  const elapsed = formatDuration(now - Date.parse(status.run.createdAt));
  const lines: Line[] = [{ text: `${summarise(status)}, ${elapsed}`, colour: 'bold' }];
  for (const node of held) lines.push({ text: `  hold  ${node.id}`, colour: 'yellow' });
  for (const node of running) lines.push({ text: `  run   ${describeRunning(node, pace, now)}`, colour: 'blue' });
  for (const line of troubleLines(status)) lines.push({ text: `  ${line}`, colour: 'yellow' });
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), { text: `  and ${lines.length - most + 1} more`, colour: 'dim' }];
}

/** What keeps a run from going on that is no fact about one of its stages. */
export function troubleLines({ live, unserved = [], trouble }: RunStatus): string[] {
  return [
    ...(live ? [] : ['Temporal does not answer; this is what the record says.']),
    ...unserved.map(
      (queue) =>
        `No worker polls the queue ${queue}. Start one with: mortar worker${queue === CONTROL_QUEUE ? '' : ` --queue ${queue}`}`,
    ),
    ...(trouble ? [trouble] : []),
  ];
}

export function describeRunning(node: NodeStatus, pace: Pace, now: number): string {
  const parts = [
    node.progress ? pace.describe(node.id, node.progress, now) : '',
    node.note ?? '',
    node.startedAt ? formatDuration(now - Date.parse(node.startedAt)) : '',
  ];
  return `${node.id}  ${parts.filter(Boolean).join(', ')}`.trimEnd();
}

/** One line for a stage that has just come to this state; undefined for states that need no word of their own. */
export function changeLine(node: NodeStatus): Line | undefined {
  const took =
    node.startedAt && node.endedAt ? `  ${formatDuration(Date.parse(node.endedAt) - Date.parse(node.startedAt))}` : '';
  switch (node.state) {
    case 'done':
      return { text: `  done  ${node.id}${took}`, colour: 'green' };
    case 'held':
      return { text: `  hold  ${node.id}${took}  ${node.failure?.message ?? ''}`.trimEnd(), colour: 'yellow' };
    case 'failed':
      return { text: `  FAIL  ${node.id}${took}  ${node.failure?.message ?? ''}`.trimEnd(), colour: 'red' };
    case 'skipped':
      return { text: `  skip  ${node.id}`, colour: 'dim' };
    case 'running':
      return { text: `  run   ${node.id}` };
    case 'cached':
    case 'waiting':
    case 'cancelled':
      return undefined;
  }
}
