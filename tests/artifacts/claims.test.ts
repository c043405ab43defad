import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLAIM_LEFT, CLAIM_LIFETIME, Claims, sweepClaims, type Claim } from '../../artifacts/claims.js';
import { digestOf } from '../../recipe/canonical.js';
import { MemoryStore } from './memory-store.js';

const key = digestOf('work');

function workers(count: number) {
  let now = 1_000_000;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const store = new MemoryStore(clock.now);
  const all = Array.from({ length: count }, () => new Claims(store, clock));
  const pass = (milliseconds: number): void => void (now += milliseconds);
  return { store, all, pass, clock };
}

function two() {
  const { all, ...more } = workers(2);
  const [one, other] = all;
  if (!one || !other) throw new Error('two workers');
  return { one, other, ...more };
}

test('one of many who want the same work at once gets it', async () => {
  const { all } = workers(20);
  const claims = await Promise.all(all.map((worker, number) => worker.take(key, `owner ${number}`)));
  expect(claims.filter(Boolean)).toHaveLength(1);
});

test('a claim that is not renewed is taken over, by one', async () => {
  const { all, pass } = workers(21);
  const [dead, ...living] = all;
  await dead?.take(key, 'dead');
  pass(CLAIM_LIFETIME + 1);
  const claims = await Promise.all(living.map((worker, number) => worker.take(key, `owner ${number}`)));
  expect(claims.filter(Boolean)).toHaveLength(1);
});

test('a claim that is renewed lasts for as long as its work does', async () => {
  const { one, other, pass } = two();
  await one.take(key, 'one');
  for (let second = 0; second < 300; second += 10) {
    pass(10_000);
    await one.tend();
    expect(await other.take(key, 'other')).toBeUndefined();
  }
});

test('work that is given out again is its owner’s at once', async () => {
  const { one, other } = two();
  await one.take(key, 'batch');
  const again = await other.take(key, 'batch');
  expect(again?.first).toBe(false);
});

test('whoever lost a claim frees nothing of the one who has it now', async () => {
  const { one, other, pass } = two();
  const lost = await one.take(key, 'one');
  pass(CLAIM_LIFETIME + 1);
  expect(await other.take(key, 'other')).toBeDefined();
  await lost?.free();
  expect(await one.take(key, 'third')).toBeUndefined();
});

test('what was freed is had at once, but its next holder has to look whether it is done', async () => {
  const { one, other } = two();
  await (await one.take(key, 'one'))?.free();
  expect((await other.take(key, 'other'))?.first).toBe(false);
});

test('nobody has the first claim of a key that was committed a moment ago', async () => {
  const { one, other, pass, store } = two();
  (await one.take(key, 'one'))?.committed();
  for (let passed = 0; passed <= CLAIM_LEFT / 2; passed += 1_000) {
    const claim = await other.take(key, `other ${passed}`);
    expect(claim?.first ?? false).toBe(false);
    await claim?.free();
    pass(1_000);
    await one.tend();
  }
  pass(CLAIM_LEFT);
  await one.tend();
  expect(store.objects.size).toBe(0);
});

test('a worker that finds its own committed result gone works again without waiting', async () => {
  const { one } = two();
  (await one.take(key, 'one'))?.committed();
  expect(await one.take(key, 'again')).toBeDefined();
});

test('collecting garbage takes claims that nobody has renewed for an hour', async () => {
  const { one, other, pass, store, clock } = two();
  await one.take(key, 'dead');
  pass(3_600_001);
  await other.take(digestOf('more'), 'living');
  await sweepClaims(store, clock);
  expect([...store.objects.keys()]).toEqual([`claims/${digestOf('more').slice('sha256:'.length)}`]);
});

test('however workers take, renew, free, commit and vanish, two never hold a key that both keep alive', async () => {
  const step = fc.record({
    worker: fc.nat(2),
    what: fc.constantFrom('take', 'free', 'commit', 'tend', 'vanish'),
    wait: fc.integer({ min: 0, max: 12_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { all, pass } = workers(3);
      const held = new Map<number, Claim>();
      let owner = 0;
      for (const { worker, what, wait } of steps) {
        const claims = all[worker];
        if (!claims) continue;
        switch (what) {
          case 'take': {
            const claim = held.has(worker) ? undefined : await claims.take(key, `owner ${(owner += 1)}`);
            if (claim) held.set(worker, claim);
            break;
          }
          case 'free':
            await held.get(worker)?.free();
            held.delete(worker);
            break;
          case 'commit':
            held.get(worker)?.committed();
            held.delete(worker);
            break;
          case 'tend':
            break;
          case 'vanish':
            // Its claim lapses: nobody renews it any more.
            if (held.delete(worker)) pass(CLAIM_LIFETIME + 1);
        }
        for (const living of held.keys()) await all[living]?.tend();
        pass(wait);
        for (const living of held.keys()) await all[living]?.tend();
        expect(held.size).toBeLessThanOrEqual(1);
      }
    }),
  );
});
