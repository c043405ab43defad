import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFinal, mergeItems, type StoredItem } from '../../artifacts/item-segments.js';

const item: fc.Arbitrary<StoredItem> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c'),
    attempt: fc.nat(3),
    kind: fc.constantFrom('ok', 'subject', 'infrastructure', 'unknown'),
  })
  .map(({ id, attempt, kind }) => ({
    id,
    attempt,
    result:
      kind === 'ok'
        ? { key: id, ok: true, record: attempt }
        : { key: id, ok: false, class: kind as 'subject' | 'infrastructure' | 'unknown', code: 'x', message: 'x' },
  }));

test('the first final result of an item stands; without one, the last', () => {
  fc.assert(
    fc.property(fc.array(fc.array(item)), (segments) => {
      const merged = new Map<string, StoredItem>();
      for (const segment of segments) mergeItems(merged, segment);
      for (const id of ['a', 'b', 'c']) {
        const all = segments.flat().filter((stored) => stored.id === id);
        expect(merged.get(id)).toBe(all.find((stored) => isFinal(stored.result)) ?? all.at(-1));
      }
    }),
  );
});
