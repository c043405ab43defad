import { expect, test } from 'vitest';
import { decisions } from '../../../cli/run/decisions.js';
import { Pace } from '../../../cli/run/pace.js';
import { changeLine, liveLines, summarise, troubleLines } from '../../../cli/run/progress-lines.js';
import type { NodeStatus, RunStatus } from '../../../engine/client/run-status.js';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function node(id: string, state: NodeStatus['state'], rest: Partial<NodeStatus> = {}): NodeStatus {
  return { node: 0, id, aliases: [], activity: 'data/collect', queue: 'cpu', state, ...rest };
}

function status(nodes: NodeStatus[], state: RunStatus['state'] = 'running'): RunStatus {
  const run = {
    id: '260101-000000-abc',
    name: 'swe-lego',
    profile: 'tiny',
    plan: '',
    recipe: '',
    files: {},
    createdAt: at(0),
    onFailure: 'hold' as const,
    nodes: nodes.length,
  };
  return { run, state, workflow: 'run/260101-000000-abc', nodes, live: true };
}

const busy = status([
  node('sources', 'cached'),
  node('bugs', 'done', { startedAt: at(1), endedAt: at(5) }),
  node('validate', 'running', { startedAt: at(5), progress: { done: 3, total: 9 } }),
  node('sft[easy]', 'held', { failure: { code: 'expect', class: 'expect', message: 'loss < 1 is false' } }),
  node('score', 'waiting'),
]);

test('a run is summarised by what is finished, cached, running and on hold', () => {
  expect(summarise(busy)).toBe('2 of 5 stages (1 cached), 1 running, 1 on hold');
});

test('live lines show what runs and what is on hold, and say how many more there are', () => {
  expect(liveLines(busy, new Pace(), Date.parse(at(15)), 10).map(({ text }) => text)).toEqual([
    '2 of 5 stages (1 cached), 1 running, 1 on hold, 15 s',
    '  hold  sft[easy]',
    '  run   validate  3/9, 10 s',
  ]);
  expect(liveLines(busy, new Pace(), Date.parse(at(15)), 2).map(({ text }) => text)).toEqual([
    '2 of 5 stages (1 cached), 1 running, 1 on hold, 15 s',
    '  and 2 more',
  ]);
});

test('a change is told with its time or its reason', () => {
  expect(busy.nodes.map((entry) => changeLine(entry)?.text)).toEqual([
    undefined,
    '  done  bugs  4.0 s',
    '  run   validate',
    '  hold  sft[easy]  loss < 1 is false',
    undefined,
  ]);
});

test('a stage on hold comes with the commands that decide, quoted for a shell', () => {
  expect(decisions({ ...busy, state: 'held' })).toEqual([
    'sft[easy] (data/collect): loss < 1 is false',
    "  log:      mortar logs 260101-000000-abc 'sft[easy]'",
    "  again:    mortar retry 260101-000000-abc 'sft[easy]'",
    "  let pass: mortar approve 260101-000000-abc 'sft[easy]'",
    "  without:  mortar skip 260101-000000-abc 'sft[easy]'",
  ]);
});

test('what keeps a run from going on is told with what to do', () => {
  expect(troubleLines({ ...busy, unserved: ['gpu', 'mortar'] })).toEqual([
    'No worker polls the queue gpu. Start one with: mortar worker --queue gpu',
    'No worker polls the queue mortar. Start one with: mortar worker',
  ]);
  expect(troubleLines({ ...busy, live: false })).toEqual(['Temporal does not answer; this is what the record says.']);
  expect(troubleLines(busy)).toEqual([]);
});
