import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { S3Proxy } from '../chaos/s3-proxy.js';
import { SmallDisk } from '../chaos/small-disk.js';
import { EngineHouse } from './engine-house.js';
import { squares } from './plans.js';

/** What is not the work's fault takes none of its attempts: every stage here has one. */
const folder = mkdtempSync(join(tmpdir(), 'mortar-outages-'));
const disk = SmallDisk.mount(join(folder, 'cache'), 32);

let house: EngineHouse;
let proxy: S3Proxy;

beforeAll(async () => {
  house = await EngineHouse.open();
  proxy = await S3Proxy.start(house.servers.environment['AWS_ENDPOINT_URL_S3'] ?? '', 1);
  await house.servers.kill(house.worker, 'SIGTERM');
  house.worker = await house.servers.worker({ AWS_ENDPOINT_URL_S3: proxy.url, MORTAR_CACHE: join(folder, 'cache') });
}, 120_000);

afterAll(async () => {
  await proxy?.close();
  await house?.close();
  disk?.unmount();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => house.forget());

test('a store that is away for a while holds no run', async () => {
  const run = await house.start(squares(150, { tag: 'outage', delay: 20 }));
  await house.traced('square 0#0');
  proxy.begin('s3-error', 1);
  await sleep(6_000);
  proxy.end();
  expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
  expect(new Set(house.trace('square')).size).toBe(150);
}, 120_000);

test('a worker outlives Temporal, and its work goes on', async () => {
  const { pid } = house.worker;
  const run = await house.start(squares(150, { tag: 'temporal', delay: 20 }));
  await house.traced('square 0#0');
  if (house.servers.temporal) await house.servers.kill(house.servers.temporal, 'SIGKILL');
  await sleep(2_000);
  await house.servers.startTemporal();
  expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
  expect(house.trace('square')).toHaveLength(150);
  expect(house.worker.exitCode).toBeNull();
  expect(house.worker.pid).toBe(pid);
}, 120_000);

test.skipIf(disk === null)(
  'a full disk of a worker holds no run, and the run goes on when there is space',
  async () => {
    disk?.fill();
    const run = await house.start(squares(20, { tag: 'disk' }));
    await sleep(4_000);
    expect((await house.client.runStatus(run)).state).toBe('running');
    disk?.free();
    expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
  },
  120_000,
);
