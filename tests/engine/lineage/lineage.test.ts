import { beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../artifacts/open.js';
import { lineageOf, type AttemptLineage, type Lineage } from '../../../engine/lineage/lineage.js';
import type { RecordedRun } from '../../../engine/lineage/recorded-run.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';
import { scoredRun } from '../../support/scored-run.js';

let store: Store;
let run: RecordedRun;

beforeAll(async () => {
  store = memoryRooms();
  run = await scoredRun(store);
});

async function all(request: Parameters<typeof lineageOf>[2] = {}): Promise<Lineage[]> {
  return gathered(lineageOf(store, run, request));
}

async function gathered<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const attempts = (entries: readonly Lineage[]): AttemptLineage[] => entries.filter((entry) => entry.kind === 'attempt');

test('an attempt is followed to its verdict, trajectory, task, commit and row of data, each by artifact and line', async () => {
  const [attempt] = attempts(await all({ metric: 'sft.pass_at_1', instance: 'funcy-1' }));
  expect(attempt).toMatchObject({
    row: 'sft',
    sample: 0,
    resolved: false,
    model: 'scripted:explore',
    commit: 'c-funcy',
  });
  expect(attempt?.records.map(({ stage, output, line, id }) => [stage, output, line, id])).toEqual([
    ['grade[sft]', 'verdicts', 3, 'funcy-1#0'],
    ['rollout[sft]', 'trajectories', 3, 'funcy-1#0'],
    ['validate', 'instances', 1, 'funcy-1'],
    ['bugs', 'instances', 2, 'funcy-1'],
    ['sources', 'checkouts', 1, 'funcy@2.1'],
    ['sources', 'list', 3, 'recipes/list.jsonl:3'],
  ]);
});

test('the record that a line names is the one with that id', async () => {
  for (const { records } of attempts(await all()))
    for (const { kind, artifact, line, id } of records.filter((place) => place.kind === 'instances')) {
      const stored = await gathered(store.artifacts.records<{ instance_id: string }>(artifact));
      expect([kind, stored[line - 1]?.instance_id]).toEqual(['instances', id]);
    }
});

test('every number of the score is the mean of the attempts that its lineage lists', async () => {
  const entries = await all();
  const metric = entries.find((entry) => entry.kind === 'metric' && entry.metric === 'sft.pass_at_1');
  const resolved = attempts(entries).filter((attempt) => attempt.resolved).length;
  expect(metric).toMatchObject({ value: resolved / attempts(entries).length, row: 'sft', score: 'score' });
});

test('a number that is not there is suggested', async () => {
  await expect(all({ metric: 'sft.pas_at_1' })).rejects.toThrow('sft.pass_at_1');
  await expect(all({ instance: 'funcy-2' })).rejects.toThrow('funcy-1');
});

test('a run without a score has no lineage', async () => {
  const nodes = new Map([...run.nodes].filter(([, { id }]) => id !== 'score'));
  await expect(gathered(lineageOf(store, { ...run, nodes }))).rejects.toMatchObject({ code: 'no-score' });
});
