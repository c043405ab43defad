import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ItemSegments, lineOf, type StoredItem } from '../../artifacts/item-segments.js';
import { EngineHouse } from './engine-house.js';
import { output, squares, testPlan } from './plans.js';

/** What the engine does with thousands: of items, of stages, of runs that want the same. */

let house: EngineHouse;

beforeAll(async () => {
  house = await EngineHouse.open();
}, 120_000);

afterAll(() => house?.close());

beforeEach(() => house.forget());

async function mapKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of house.client.store.objects.folders('items/')) keys.push(key);
  return keys;
}

async function storedItems(mapKey: string): Promise<StoredItem[]> {
  return new ItemSegments(house.client.store.objects, mapKey).read(
    () => [] as StoredItem[],
    (into, item) => void into.push(item),
  );
}

const squared = (): string[] => house.trace('square ').map((line) => line.slice('square '.length));

describe('a map', () => {
  test('whose worker is killed three times does no item again that was in the store', async () => {
    const known = await mapKeys();
    const run = await house.start(squares(3_000, { tag: 'thrice', delay: 2 }));
    const kills: { done: number; stored: Set<string> }[] = [];
    for (const point of [700, 1_400, 2_200]) {
      await house.servers.until(() => Promise.resolve(squared().length >= point), `${point} items`, 120_000);
      await house.servers.kill(house.worker, 'SIGKILL');
      const [mapKey = ''] = (await mapKeys()).filter((key) => !known.includes(key));
      kills.push({
        done: squared().length,
        stored: new Set((await storedItems(mapKey)).map(({ result }) => result.key)),
      });
      house.worker = await house.servers.worker();
    }
    expect((await house.reach(run, 'succeeded', 'failed', 'held')).state).toBe('succeeded');
    expect(new Set(squared()).size).toBe(3_000);
    for (const { done, stored } of kills) {
      expect(stored.size).toBeGreaterThan(0);
      expect(
        squared()
          .slice(done)
          .filter((key) => stored.has(key)),
      ).toEqual([]);
    }
    expect((await house.client.result(run, 'sum')).scalars).toEqual({ total: (2_999 * 3_000 * 5_999) / 6 });
  }, 240_000);

  test('leaves one segment a shard, however many it was written in', async () => {
    const known = await mapKeys();
    await house.finish(squares(1_000, { tag: 'merged' }));
    const [mapKey = ''] = (await mapKeys()).filter((key) => !known.includes(key));
    expect(await new ItemSegments(house.client.store.objects, mapKey).names()).toHaveLength(5);
    expect(await storedItems(mapKey)).toHaveLength(1_000);
  }, 120_000);

  test('whose segments were being merged when the worker was killed has all of its items', async () => {
    const known = await mapKeys();
    const first = await house.finish(squares(300, { tag: 'half merged' }));
    const [mapKey = ''] = (await mapKeys()).filter((key) => !known.includes(key));
    const segments = new ItemSegments(house.client.store.objects, mapKey);
    const names = await segments.names();
    const items = await storedItems(mapKey);
    for (let start = 0; start < items.length; start += 10) {
      const name = `20260101T000000000Z-small-${String(start).padStart(6, '0')}`;
      await segments.append(
        name,
        items
          .slice(start, start + 10)
          .map(lineOf)
          .join(''),
      );
    }
    for (const name of names) await house.client.store.objects.delete(name);
    for (const step of [1, 2, 15, 7, 1]) {
      const { signal } = spawnSync(
        process.execPath,
        [
          join(import.meta.dirname, '../fixtures/merge-and-die.mjs'),
          join(import.meta.dirname, '../../dist'),
          mapKey,
          String(step),
        ],
        { env: { ...house.servers.environment } },
      );
      expect(signal).toBe('SIGKILL');
      expect(new Set((await storedItems(mapKey)).map(({ id }) => id)).size).toBe(300);
    }
    house.forget();
    const more = await house.finish(squares(300, { tag: 'half merged', samples: 2 }));
    expect(more.state).toBe('succeeded');
    expect(squared()).toHaveLength(300);
    expect(squared().every((key) => key.endsWith('#1'))).toBe(true);
    expect((await new ItemSegments(house.client.store.objects, mapKey).names()).length).toBeLessThan(20);
    expect((await house.client.result(more.run.id, 'sum')).scalars['total']).toBe(
      2 * Number((await house.client.result(first.run.id, 'sum')).scalars['total']),
    );
  }, 120_000);
});

test('a hundred runs that come while a stage ends all hear of its end', async () => {
  const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'late', slow: 1_500 } }]);
  house.openGate();
  const runs: string[] = [];
  const coming = Array.from({ length: 100 }, async (_, number) => {
    await new Promise((resolve) => setTimeout(resolve, number * 25));
    // Without the watchdog: one that nobody tells would wait for ever.
    runs.push(await house.start(plan, { watch: 3_600_000 }));
  });
  await Promise.all(coming);
  for (const run of runs) expect((await house.reach(run, 'succeeded', 'failed', 'held')).state).toBe('succeeded');
}, 200_000);

test('of hundreds of cached stages those whose bytes are gone are made again, and no others', async () => {
  const plan = testPlan([
    ...Array.from({ length: 220 }, (_, number) => ({
      id: `n${number}`,
      with: { n: 1 + (number % 7), tag: 'many', number },
    })),
    { id: 'square', activity: 'test/square', with: { tag: 'many' }, inputs: { numbers: [output(3, 'numbers')] } },
  ]);
  const first = await house.finish(plan);
  expect(first.state).toBe('succeeded');
  const digest = first.nodes[220]?.outputs?.['squares']?.digest ?? '';
  await house.client.store.objects.delete(`blobs/${digest.slice('sha256:'.length)}`);
  await house.client.store.objects.delete(`cache/${(first.nodes[17]?.key ?? '').slice('sha256:'.length)}`);
  const second = await house.finish(plan);
  const again = second.nodes.filter(({ state }) => state !== 'cached').map(({ id, state }) => [id, state]);
  expect(again).toEqual([
    ['n17', 'done'],
    ['square', 'done'],
  ]);
  expect(second.nodes.map(({ outputs }) => outputs)).toEqual(first.nodes.map(({ outputs }) => outputs));
  const third = await house.finish(plan);
  expect(third.nodes.every(({ state }) => state === 'cached')).toBe(true);
  const { historyLength } = await house.temporal.workflow.getHandle(third.workflow).describe();
  expect(historyLength).toBeLessThan(100);
}, 200_000);

test('a result that an earlier run recorded and that is gone is made again before a new stage reads it', async () => {
  const stages = [
    ...Array.from({ length: 220 }, (_, number) => ({
      id: `n${number}`,
      with: { n: number === 3 ? 3 : 2, tag: 'believed', number },
    })),
    { id: 'square', activity: 'test/square', with: { tag: 'old' }, inputs: { numbers: [output(3, 'numbers')] } },
  ];
  const first = await house.finish(testPlan(stages));
  expect(first.state).toBe('succeeded');
  const digest = first.nodes[3]?.outputs?.['numbers']?.digest ?? '';
  await house.client.store.objects.delete(`blobs/${digest.slice('sha256:'.length)}`);
  const more = {
    id: 'more',
    activity: 'test/square',
    with: { tag: 'new' },
    inputs: { numbers: [output(3, 'numbers')] },
  };
  const second = await house.finish(testPlan([...stages, more]));
  expect(second.state).toBe('succeeded');
  const again = second.nodes.filter(({ state }) => state !== 'cached').map(({ id, state }) => [id, state]);
  expect(again).toEqual([
    ['n3', 'done'],
    ['more', 'done'],
  ]);
  expect(second.nodes.slice(0, 221).map(({ outputs }) => outputs)).toEqual(first.nodes.map(({ outputs }) => outputs));
}, 200_000);
