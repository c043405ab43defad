import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DigestTable } from '../../artifacts/digest-table.js';
import { Listing } from '../../artifacts/listing.js';
import { sha256 } from '../../recipe/canonical.js';
import { MemoryStore } from './memory-store.js';

test('a digest keeps the number that it got first, among thousands', () => {
  const table = new DigestTable();
  const digests = Array.from({ length: 5_000 }, (_, number) => sha256(String(number)));
  for (const [number, digest] of digests.entries()) expect(table.add(digest)).toBe(number);
  for (const [number, digest] of digests.entries()) {
    expect(table.add(digest)).toBe(number);
    expect(table.find(digest)).toBe(number);
  }
  expect(table.find(sha256('another'))).toBe(-1);
  expect(table.size).toBe(5_000);
});

test('digests that differ in one digit only are told apart', () => {
  fc.assert(
    fc.property(fc.nat(31), fc.nat(15), fc.nat(15), (place, one, other) => {
      const digest = (digit: number) => `sha256:${'0'.repeat(place)}${digit.toString(16)}${'0'.repeat(63 - place)}`;
      const table = new DigestTable();
      table.add(digest(one));
      expect(table.add(digest(other))).toBe(one === other ? 0 : 1);
    }),
  );
});

test('a listing says of each name what single questions would, or that it does not know', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(60)), fc.integer({ min: 1, max: 40 }), async (there, most) => {
      const store = new MemoryStore();
      const nameOf = (number: number) => `blobs/${sha256(String(number)).slice('sha256:'.length)}`;
      for (const number of there) await store.put(nameOf(number), 'x'.repeat(number));
      const listing = await Listing.read(store, 'blobs/', most);
      let unknown = 0;
      for (let number = 0; number <= 60; number += 1) {
        const size = listing.size(nameOf(number));
        if (size === 'unknown') unknown += 1;
        else expect(size).toBe((await store.head(nameOf(number)))?.size);
      }
      if (there.length < most) expect(unknown).toBe(0);
    }),
  );
});
