import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BlobStore, nameOf } from '../../artifacts/blobs.js';
import { Reachable } from '../../artifacts/reachable.js';
import { ScheduleRecords, type ScheduleDefinition } from '../../artifacts/schedule-records.js';
import { MemoryStore } from './memory-store.js';

const cache = mkdtempSync(join(tmpdir(), 'mortar-schedules-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

test('what a schedule runs is kept from being collected until the schedule is deleted', async () => {
  const objects = new MemoryStore();
  const blobs = new BlobStore(objects, cache);
  const schedules = new ScheduleRecords(objects);
  const file = await blobs.put('a row of data');
  const source = await blobs.put(JSON.stringify({ mortar: 1, digests: { 'data.jsonl': file.digest } }));
  const definition: ScheduleDefinition = {
    ...{ mortar: 1, id: 'nightly', name: 'recipe', profile: null, source: source.digest, onFailure: 'fail' },
    ...{ files: { 'data.jsonl': file.digest }, fresh: [], when: { every: '1d' } },
  };
  const digest = await schedules.write(definition);
  expect(await schedules.read('nightly', digest)).toEqual(definition);
  expect(await schedules.ids()).toEqual(['nightly']);
  const kept = async (): Promise<boolean[]> => {
    const reachable = await Reachable.mark(objects, []);
    return [file, source].map((blob) => reachable.has(nameOf(blob.digest)));
  };
  expect(await kept()).toEqual([true, true]);
  await schedules.forget('nightly');
  expect(await kept()).toEqual([false, false]);
  expect(await schedules.ids()).toEqual([]);
});
