import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredItem } from '../../artifacts/item-segments.js';
import { House } from '../support/house.js';
import { output, testPlan } from './plans.js';

/** Workers of their own queues, as people start them. */
const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));
const house = new House('bubblewrap');
const trace = join(house.home, 'trace');
const workers = new Set<ChildProcess>();

beforeAll(async () => {
  Object.assign(house.environment, {
    MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/engine-activities.mjs'),
    TRACE: trace,
    GATE: join(house.home, 'gate'),
  });
  writeFileSync(trace, '');
  await house.open('--no-worker');
}, 600_000);

afterAll(async () => {
  await Promise.all([...workers].map((worker) => end(worker, 'SIGKILL')));
  await house.close();
});

function start(...words: string[]): ChildProcess {
  const worker = spawn(process.execPath, [program, 'worker', ...words], { env: house.environment, stdio: 'ignore' });
  workers.add(worker);
  return worker;
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  workers.delete(worker);
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill(signal);
  await exited;
}

const traced = (beginning: string): string[] =>
  readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(beginning));

/** Keys of the items whose results are in the store. */
function flushed(): string[] {
  const items = join(house.home, 's3', 'mortar', 'items');
  return readdirSync(items, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n').filter(Boolean))
    .map((line) => (JSON.parse(line) as StoredItem).result.key);
}

const squaresOn = (queue: string, n: number, delay: number) =>
  testPlan([
    { id: 'numbers', with: { n } },
    {
      ...{ id: 'square', activity: 'test/square', queue, with: { delay, queue } },
      inputs: { numbers: [output(0, 'numbers')] },
    },
  ]);
const ended = (run: string) =>
  expect.poll(async () => (await house.client.runStatus(run)).state, { timeout: 90_000 }).toBe('succeeded');

test('a worker that dies takes its queue with it and nothing else: the run waits, says so, and a new worker goes on', async () => {
  start('--queue', 'cpu', '--slots', '2');
  const gpu = start('--queue', 'gpu', '--slots', '1');
  const run = await house.client.startRun({ plan: squaresOn('gpu', 220, 40), recipeText: 'recipe' });
  await expect.poll(() => traced('square').length, { timeout: 60_000 }).toBeGreaterThan(110);
  await end(gpu, 'SIGKILL');
  const stored = flushed();
  expect(stored.length).toBeGreaterThan(20);
  const worked = traced('square').length;

  // The others go on with what is their own. One that is asked to stop first writes down what it has: nothing is done again.
  const sandbox = start('--queue', 'sandbox', '--slots', '1');
  const drained = await house.client.startRun({ plan: squaresOn('sandbox', 100, 40), recipeText: 'recipe' });
  await expect.poll(() => traced('square').length, { timeout: 60_000 }).toBeGreaterThan(worked + 30);
  await end(sandbox, 'SIGTERM');
  start('--queue', 'sandbox');
  await ended(drained);
  expect(traced('square')).toHaveLength(worked + 100);

  const status = async (): Promise<string> => (await house.mortar('status', run)).stdout;
  await expect
    .poll(status, { timeout: 120_000, interval: 2_000 })
    .toContain('no worker polls the queue gpu; start one with `mortar worker --queue gpu`');
  expect(await status()).toMatch(/is running/);

  start('--queue', 'gpu', '--slots', '1');
  await ended(run);
  // 100 of its items have namesakes of the other queue.
  const times = (key: string): number => traced(`square ${key}`).filter((line) => line === `square ${key}`).length;
  const expected = (key: string): number => (Number(key.split('#')[0]) < 100 ? 2 : 1);
  expect(stored.filter((key) => times(key) !== expected(key))).toEqual([]);
  expect(new Set(traced('square')).size).toBe(220);
  expect((await house.client.result(run, 'square')).scalars).toEqual({ good: 220, bad: 0 });
}, 400_000);
