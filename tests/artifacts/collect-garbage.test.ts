import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BlobStore, nameOf, RENEW_AFTER } from '../../artifacts/blobs.js';
import type { Clock } from '../../artifacts/clock.js';
import { collectGarbage } from '../../artifacts/collect-garbage.js';
import { WorkerLease } from '../../artifacts/leases.js';
import { ArtifactStore } from '../../artifacts/manifests.js';
import { RunRecords } from '../../artifacts/run-records.js';
import { cacheName, StageCache } from '../../artifacts/stage-cache.js';
import { Sweeps } from '../../artifacts/sweeps.js';
import { digestOf } from '../../recipe/canonical.js';
import { MemoryStore } from './memory-store.js';

const DAY = 24 * 3_600_000;
let folder: string;
let rooms = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-collect-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A store whose time moves only when somebody sleeps or asks it to. */
function world() {
  const time = { now: 100 * DAY, turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const clock: Clock = {
    now: () => time.now,
    sleep: async (milliseconds) => {
      const until = time.now + milliseconds;
      // Others go on meanwhile.
      for (let turn = 0; turn < milliseconds / 500 && time.now < until; turn += 1) await time.turn();
      time.now = Math.max(time.now, until);
    },
  };
  const objects = new MemoryStore(clock.now);
  const room = join(folder, String((rooms += 1)));
  const part = () => {
    const sweeps = new Sweeps(objects, clock);
    const blobs = new BlobStore(objects, room, sweeps, clock);
    const artifacts = new ArtifactStore(blobs);
    return { sweeps, blobs, artifacts, stages: new StageCache(artifacts), runs: new RunRecords(objects) };
  };
  return { time, clock, objects, part };
}

type World = ReturnType<typeof world>;
type Part = ReturnType<World['part']>;

async function commit(
  { stages, artifacts }: Part,
  key: string,
  records: readonly unknown[],
  pause: () => Promise<void> = async () => undefined,
): Promise<string> {
  const digest = await artifacts.writeRecords('numbers', records);
  await pause();
  await stages.commit({ key, outputs: { out: { kind: 'numbers', digest } }, scalars: {}, provenance: {} });
  return digest;
}

async function pin({ runs }: Part, run: string, key: string, digest?: string): Promise<void> {
  await runs.writeNode(run, {
    node: 0,
    id: 'stage',
    activity: 'test/numbers',
    state: digest ? 'cached' : 'running',
    key,
    ...(digest ? { outputs: { out: { kind: 'numbers', digest } } } : {}),
  });
}

test('what no run needs is marked first and deleted by a call after the grace; what a run needs stays', async () => {
  const { time, clock, objects, part } = world();
  const store = part();
  const [kept, lost] = [digestOf('kept'), digestOf('lost')];
  const blob = await store.blobs.put('bytes that a record names');
  await pin(store, 'r1', kept, await commit(store, kept, [{ archive: blob }]));
  const gone = await commit(store, lost, [{ value: 2 }]);

  const first = await collectGarbage(objects, { clock });
  expect(first.deleted.objects).toBe(0);
  expect(first.marked.objects).toBe(3);
  time.now += 6 * DAY;
  expect((await collectGarbage(objects, { clock })).deleted.objects).toBe(0);
  time.now += 2 * DAY;
  expect((await collectGarbage(objects, { clock, dryRun: true })).deleted.objects).toBe(3);
  expect(objects.objects.has(cacheName(lost))).toBe(true);
  expect((await collectGarbage(objects, { clock })).deleted.objects).toBe(3);
  expect(objects.objects.has(cacheName(lost))).toBe(false);
  expect(objects.objects.has(nameOf(gone))).toBe(false);
  expect(await store.stages.find(kept)).toBeDefined();
  expect(await store.blobs.has(blob)).toBe(true);

  await store.runs.forget('r1');
  await collectGarbage(objects, { clock });
  time.now += 8 * DAY;
  await collectGarbage(objects, { clock });
  expect([...objects.objects.keys()].filter((name) => /^(blobs|cache|keys)\//.test(name))).toEqual([]);
});

test('a marked blob that somebody writes again is not deleted', async () => {
  const { time, clock, objects, part } = world();
  const store = part();
  await store.blobs.put('again');
  await collectGarbage(objects, { clock });
  time.now += 8 * DAY;
  const blob = await store.blobs.put('again');
  expect((await collectGarbage(objects, { clock })).deleted.objects).toBe(0);
  expect(await store.blobs.has(blob)).toBe(true);
});

test('a second collection is refused while one works', async () => {
  const { time, clock, objects, part } = world();
  await part().blobs.put('unused');
  await collectGarbage(objects, { clock });
  time.now += 8 * DAY;
  const [one, two] = await Promise.allSettled([collectGarbage(objects, { clock }), collectGarbage(objects, { clock })]);
  expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
  expect((one.status === 'rejected' ? one : (two as PromiseRejectedResult)).reason).toMatchObject({
    code: 'collection-running',
  });
});

/**
 * Every step of a writer, of a run that finds a result, and of a collection with no grace at all, in any order: the scheduler decides
 * which request to the store is answered next.
 */
test('no collection at any interleaving deletes what a live run needs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(0, RENEW_AFTER / 2, RENEW_AFTER + 1, 8 * DAY),
      fc.boolean(),
      fc.tuple(fc.nat(60), fc.nat(60), fc.nat(20), fc.nat(90)),
      async (scheduler, age, marked, late) => {
        const { time, clock, objects, part } = world();
        const setUp = part();
        const [old, found, fresh] = [digestOf('old'), digestOf('found'), digestOf('fresh')];
        // Results that no run has any more: the bytes of one are made again by a new stage, the other is found by a new run.
        await commit(setUp, old, [{ value: 1 }]);
        await commit(setUp, found, [{ value: 2 }]);
        if (marked) await collectGarbage(objects, { clock, grace: 0 });
        time.now += age;
        if (!marked) await collectGarbage(objects, { clock, grace: 0 });

        for (const name of ['get', 'put', 'putIfAbsent', 'head', 'delete'] as const) {
          const real = objects[name].bind(objects) as (...given: unknown[]) => Promise<unknown>;
          Object.assign(objects, { [name]: scheduler.scheduleFunction(real) });
        }
        time.turn = () => scheduler.schedule(Promise.resolve());
        const begin = async (turns: number): Promise<void> => {
          for (let turn = 0; turn < turns; turn += 1) await scheduler.schedule(Promise.resolve());
        };
        const [writer, finder] = [part(), part()];
        const lease = new WorkerLease(objects, clock);
        let written = '';
        const writing = (async () => {
          await begin(late[0]);
          await pin(writer, 'writer', fresh);
          await lease.hold(async () => {
            written = await commit(writer, fresh, [{ value: 1 }], () => begin(late[3]));
          });
          await pin(writer, 'writer', fresh, written);
          await lease.close();
        })();
        let used: string | undefined;
        const finding = (async () => {
          await begin(late[1]);
          const since = await finder.sweeps.last();
          const hit = await finder.stages.find(found);
          const digest = hit?.outputs['out']?.digest;
          if (!digest) return;
          await pin(finder, 'finder', found, digest);
          if (!(await finder.sweeps.passed([cacheName(found)], since)) || (await finder.stages.find(found)))
            used = digest;
        })();
        const collecting = begin(late[2]).then(() => collectGarbage(objects, { clock, grace: 0 }));
        const all = Promise.all([writing, finding, collecting]);
        await scheduler.waitFor(all);

        const check = new MemoryStore();
        for (const [name, bytes] of objects.objects) check.objects.set(name, bytes);
        const artifacts = new ArtifactStore(new BlobStore(check, join(folder, `check${(rooms += 1)}`)));
        expect(await artifacts.complete(written)).toBe(true);
        if (used) expect(await artifacts.complete(used)).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);
