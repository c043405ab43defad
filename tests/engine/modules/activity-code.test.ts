import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ActivityContext } from '../../../activities/activity.js';
import { hexOf } from '../../../artifacts/digest.js';
import { codeFromStore } from '../../../engine/modules/activity-code.js';
import { Registry } from '../../../engine/modules/registry.js';
import { sha256 } from '../../../recipe/canonical.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';

const store = memoryRooms();
afterAll(() => rmSync(store.cache, { recursive: true, force: true }));

const code = (value: number): string =>
  `let calls = 0; export default { name: 'mine/value', summary: 'A value.', async run() { return { value: ${value}, calls: ++calls }; } };`;
const none = {} as ActivityContext;

async function put(text: string): Promise<string> {
  return (await store.blobs.put(text)).digest;
}

function registry(): Registry {
  return new Registry([], codeFromStore(store));
}

async function run(of: Registry, digest: string): Promise<unknown> {
  const activity = await of.find({ activity: 'mine/value', version: 1, code: digest });
  return activity.map ? undefined : activity.run(none);
}

test('an activity comes out of the store by the digest of its code, once a process; another code is another activity', async () => {
  const [first, second] = [await put(code(1)), await put(code(2))];
  const one = registry();
  expect(await run(one, first)).toEqual({ value: 1, calls: 1 });
  expect(await run(one, second)).toEqual({ value: 2, calls: 1 });
  expect(await run(one, first)).toEqual({ value: 1, calls: 2 });
});

test('a file in the cache that is not what its digest says is fetched again', async () => {
  const digest = await put(code(3));
  const path = join(store.cache, 'activity-code', `${hexOf(digest)}.mjs`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code(3).slice(0, 40));
  expect(await run(registry(), digest)).toEqual({ value: 3, calls: 1 });
  expect(sha256(readFileSync(path))).toBe(digest);
});

test('code that is gone, that does not load, and that lacks the activity are errors that no retry mends', async () => {
  await expect(run(registry(), sha256('never stored'))).rejects.toMatchObject({
    name: 'UserError',
    code: 'activity-code-missing',
  });
  const broken = await put("throw new Error('not here');");
  await expect(run(registry(), broken)).rejects.toMatchObject({
    name: 'UserError',
    code: 'activity-code-broken',
    message: expect.stringContaining('not here') as string,
  });
  const other = await put(code(4).replace('mine/value', 'mine/other'));
  await expect(run(registry(), other)).rejects.toMatchObject({ name: 'UserError', code: 'activity-missing' });
});

test('a store that does not answer is tried again, and then gives the code', async () => {
  const digest = await put(code(5));
  const one = registry();
  const get = store.objects.get.bind(store.objects);
  store.objects.get = () =>
    Promise.reject(Object.assign(new Error('no answer'), { name: 'InfrastructureError', code: 's3' }));
  await expect(run(one, digest)).rejects.toMatchObject({ name: 'InfrastructureError' });
  store.objects.get = get;
  expect(await run(one, digest)).toEqual({ value: 5, calls: 1 });
});
