import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFinal, ItemIndex } from '../../artifacts/item-index.js';
import { ItemSegments, lineOf, type StoredItem } from '../../artifacts/item-segments.js';
import { sha256 } from '../../recipe/canonical.js';
import { MemoryStore } from './memory-store.js';

const ids = ['a', 'b', 'c'].map((name) => sha256(name));

const item: fc.Arbitrary<StoredItem> = fc
  .record({
    id: fc.constantFrom(...ids),
    attempt: fc.nat(3),
    at: fc.nat(20),
    kind: fc.constantFrom('ok', 'subject', 'infrastructure', 'unknown'),
  })
  .map(({ id, attempt, at, kind }) => ({
    id,
    attempt,
    at,
    result:
      kind === 'ok'
        ? { key: id, ok: true, record: at }
        : { key: id, ok: false, class: kind as 'subject' | 'infrastructure' | 'unknown', code: 'x', message: 'x' },
  }));

/** Segments; no two results of an item are of one time. */
const segments = fc
  .array(fc.array(item, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 })
  .map((found) =>
    found.map((items, segment) => items.map((each, at) => ({ ...each, at: 100 * each.at! + 10 * segment + at }))),
  );

/** What stands, by item. */
async function standing(store: MemoryStore): Promise<Record<string, StoredItem | undefined>> {
  return new ItemSegments(store, 'map').read(
    () => {
      const index = new ItemIndex();
      const stands: Record<string, StoredItem> = {};
      return Object.assign(stands, { [Symbol.for('index')]: index });
    },
    (into, found) => {
      const index = (into as unknown as Record<symbol, ItemIndex>)[Symbol.for('index')];
      if (index?.add(found)) into[found.id] = found;
    },
  );
}

async function fill(found: readonly (readonly StoredItem[])[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  const kept = new ItemSegments(store, 'map');
  for (const [number, items] of found.entries()) await kept.append(`s${number}`, items.map(lineOf).join(''));
  return store;
}

describe('of two results of an item', () => {
  test('the first final one stands; without one, the last', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (found) => {
        const stands = await standing(await fill(found));
        for (const id of ids) {
          const all = found.flat().filter((stored) => stored.id === id);
          const byTime = all.sort((left, right) => (left.at ?? 0) - (right.at ?? 0));
          expect(stands[id]).toEqual(byTime.find((stored) => isFinal(stored.result)) ?? byTime.at(-1));
        }
      }),
    );
  });

  test('of older stores the time in the segment name decides', async () => {
    const store = new MemoryStore();
    const [id = ''] = ids;
    const old = (record: number) => lineOf({ id, attempt: 1, result: { key: 'a', ok: true, record } });
    await store.put('items/map/20260102T000000000Z-x-0-1-000001', old(2));
    await store.put('items/map/20260101T000000000Z-x-0-1-000001-m0123456789ab', old(1));
    expect((await standing(store))[id]?.result).toEqual({ key: 'a', ok: true, record: 1 });
  });
});

describe('merging', () => {
  /** Fails at the nth write or deletion, and at every later one: a process that was killed there. */
  class Mortal extends MemoryStore {
    left = Infinity;

    override async put(key: string, bytes: Uint8Array | string): Promise<void> {
      this.#step();
      await super.put(key, bytes);
    }

    override async delete(key: string): Promise<void> {
      this.#step();
      await super.delete(key);
    }

    #step(): void {
      this.left -= 1;
      if (this.left < 0) throw new Error('killed');
    }
  }

  test('changes no result, wherever it is killed, whatever is merged, and however often', async () => {
    await fc.assert(
      fc.asyncProperty(
        segments,
        fc.array(fc.tuple(fc.nat(12), fc.array(fc.nat(20), { minLength: 1 })), { minLength: 1, maxLength: 4 }),
        async (found, merges) => {
          const store = new Mortal();
          for (const [key, bytes] of (await fill(found)).objects) store.objects.set(key, bytes);
          const before = await standing(store);
          for (const [steps, chosen] of merges) {
            const kept = new ItemSegments(store, 'map');
            const names = await kept.names();
            const parts = [...new Set(chosen.map((number) => names[number % names.length] ?? ''))].sort();
            store.left = steps;
            await kept.merge(parts).catch((error: Error) => expect(error.message).toBe('killed'));
            store.left = Infinity;
            expect(await standing(store)).toEqual(before);
          }
          await new ItemSegments(store, 'map').merge(await new ItemSegments(store, 'map').names());
          expect(await standing(store)).toEqual(before);
          expect(store.objects.size).toBe(1);
        },
      ),
    );
  });

  test('by two at once loses nothing, in whatever order their steps come', async () => {
    await fc.assert(
      fc.asyncProperty(segments, fc.scheduler(), fc.nat(8), async (found, scheduler, split) => {
        const store = await fill(found);
        const before = await standing(store);
        const slow = new Proxy(store, {
          get: (target, name: keyof MemoryStore) => {
            const value = target[name];
            return name === 'get' || name === 'put' || name === 'delete'
              ? scheduler.scheduleFunction((value as (...given: unknown[]) => Promise<unknown>).bind(target))
              : value;
          },
        });
        const names = await new ItemSegments(store, 'map').names();
        const one = new ItemSegments(slow, 'map').merge(names.slice(0, Math.max(2, split)));
        const two = new ItemSegments(slow, 'map').merge(names);
        const reading = standing(slow);
        await scheduler.waitFor(Promise.all([one, two, reading]));
        expect(await reading).toEqual(before);
        expect(await standing(store)).toEqual(before);
      }),
    );
  });

  test('leaves a few small segments alone, and puts many into one', async () => {
    const [id = ''] = ids;
    const items = Array.from({ length: 40 }, (_, at) => [
      { id, attempt: 1, at, result: { key: 'a', ok: true, record: at } as const },
    ]);
    const few = await fill(items.slice(0, 5));
    await new ItemSegments(few, 'map').mergeSmall();
    expect(few.objects.size).toBe(5);
    const many = await fill(items);
    await new ItemSegments(many, 'map').mergeSmall();
    expect(many.objects.size).toBe(1);
    expect((await standing(many))[id]?.at).toBe(0);
  });
});
