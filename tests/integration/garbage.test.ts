import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectGarbage } from '../../artifacts/collect-garbage.js';
import { EngineClient, type RunStatus } from '../../engine/client/client.js';
import { chain, squares } from './plans.js';
import { TestServers } from './servers.js';

let servers: TestServers;
let client: EngineClient;

beforeAll(async () => {
  servers = await TestServers.start();
  await servers.worker();
  client = await EngineClient.connect(servers.environment);
}, 90_000);

afterAll(async () => {
  await client?.close();
  await servers?.stop();
});

async function end(run: string): Promise<RunStatus> {
  let status = await client.runStatus(run);
  await servers.until(async () => (status = await client.runStatus(run)).state !== 'running', `run ${run}`, 120_000);
  return status;
}

test('a run goes on while garbage is collected with no grace, and what a forgotten run left is gone', async () => {
  const old = await end(await client.startRun({ plan: squares(50, { tag: 'old' }), recipeText: 'old' }));
  const key = old.nodes[1]?.key ?? '';
  await client.store.runs.forget(old.run.id);
  // Older than anything that running work may still rely on: the S3 server tells the times of its files.
  const objects = join(servers.folder, 'objects', 'engine');
  const past = new Date(Date.now() - 10 * 24 * 3_600_000);
  for (const entry of await readdir(objects, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), past, past);

  const run = await client.startRun({ plan: squares(400, { tag: 'new', delay: 60 }), recipeText: 'new' });
  const other = await client.startRun({ plan: chain(40), recipeText: 'chain' });
  const first = await collectGarbage(client.store.objects, { grace: 0 });
  expect(first.marked.objects).toBeGreaterThan(5);
  const second = await collectGarbage(client.store.objects, { grace: 0 });
  expect(second.deleted).toEqual(first.marked);
  expect((await client.runStatus(run)).state).toBe('running');
  expect(await client.store.stages.keyDocument(key)).toBeUndefined();
  expect(await client.cached(key)).toBeUndefined();
  for (const id of [run, other]) {
    const ended = await end(id);
    expect(ended.state).toBe('succeeded');
    for (const { digest } of ended.nodes.flatMap(({ outputs }) => Object.values(outputs ?? {})))
      expect(await client.store.artifacts.complete(digest)).toBe(true);
  }
}, 200_000);

test('a result that has lost its bytes is made again, items included', async () => {
  const first = await end(await client.startRun({ plan: squares(30, { tag: 'repair' }), recipeText: 'repair' }));
  const digest = first.nodes[1]?.outputs?.['squares']?.digest ?? '';
  await client.store.objects.delete(`blobs/${digest.slice('sha256:'.length)}`);
  const again = await end(await client.startRun({ plan: squares(30, { tag: 'repair' }), recipeText: 'repair' }));
  expect(again.nodes.map(({ state }) => state)).toEqual(['cached', 'done', 'cached']);
  expect(await client.store.artifacts.complete(digest)).toBe(true);
}, 120_000);
