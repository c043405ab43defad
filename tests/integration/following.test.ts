import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../../engine/runs/create-run.js';
import type { StageLogEntry } from '../../engine/client/log-reader.js';
import { EngineHouse } from './engine-house.js';
import { output, squares, testPlan } from './plans.js';
import { jsonLinesOf, CommandLine, type Running } from './command-line.js';

let house: EngineHouse;
let mortar: CommandLine;

beforeAll(async () => {
  // Only one of the queues, so that work for the others waits.
  house = await EngineHouse.open({ MORTAR_SLOTS: 'cpu=2' });
  mortar = new CommandLine(house.servers.folder, house.servers.environment);
}, 90_000);

afterAll(async () => {
  mortar?.stop();
  await house?.close();
});

beforeEach(() => house.forget());

const kill = async (server: ChildProcess | undefined): Promise<void> => {
  if (server) await house.servers.kill(server, 'SIGKILL');
};
const says = (running: Running, stream: 'stdout' | 'stderr', text: string): Promise<void> =>
  house.servers.until(() => Promise.resolve(running.said[stream].includes(text)), `"${text}" to be said`, 90_000);

interface Event {
  event: string;
  stage?: string;
  state?: string;
  service?: string;
  answers?: boolean;
}

test('a watch goes on through deaths of the worker, of Temporal and of the store, and says each outage once', async () => {
  const run = await house.start(squares(400, { tag: 'deaths', delay: 60 }, { retry: { attempts: 6, backoff: 1_000 } }));
  const watch = mortar.start('watch', run, '--json');
  const logs = mortar.start('logs', run, '--follow', '--json');
  await says(watch, 'stdout', '"progress"');

  await house.servers.kill(house.worker, 'SIGKILL');
  house.worker = await house.servers.worker({ MORTAR_SLOTS: 'cpu=2' });

  await kill(house.servers.temporal);
  await says(watch, 'stderr', 'Temporal does not answer');
  await sleep(3_000);
  await house.servers.startTemporal();
  await says(watch, 'stderr', 'Temporal answers again');

  await kill(house.servers.s3);
  await says(watch, 'stderr', 'waiting for it, up to 10 minutes');
  await sleep(3_000);
  await house.servers.startS3();
  await says(watch, 'stderr', 'The store answers again');

  const [watched, logged] = await Promise.all([watch.ended, logs.ended]);
  expect(watched.code, watched.stderr).toBe(0);
  expect(logged.code, logged.stderr).toBe(0);
  const events = jsonLinesOf<Event>(watched.stdout);
  const outages = events.filter(({ event }) => event === 'service');
  expect(outages.map(({ service, answers }) => [service, answers])).toEqual([
    ['temporal', false],
    ['temporal', true],
    ['store', false],
    ['store', true],
  ]);
  expect(events.at(-1)).toMatchObject({ event: 'run', state: 'succeeded' });
  const ended = events.filter(({ event, state }) => event === 'stage' && state === 'done').map(({ stage }) => stage);
  expect(ended).toEqual(['numbers', 'square', 'sum']);
  for (const text of [watched.stderr, logged.stderr]) {
    expect(text.match(/Temporal does not answer/g)).toHaveLength(1);
    expect(text.match(/up to 10 minutes/g)).toHaveLength(1);
  }
  // All that the run logged, each entry once, whatever happened meanwhile.
  const followed = jsonLinesOf<StageLogEntry>(logged.stdout).map((entry) => JSON.stringify(entry));
  const stored = (await house.client.readLogs(run)).filter(({ level }) => level !== 'debug');
  expect(new Set(followed).size).toBe(followed.length);
  expect([...followed].sort()).toEqual(stored.map((entry) => JSON.stringify(entry)).sort());
}, 300_000);

test('a log is followed while it is written, and until the stage ends', async () => {
  const run = await house.start(
    testPlan([
      { id: 'fragile', activity: 'test/fragile', with: { tag: 'followed' }, retry: { attempts: 1, backoff: 10 } },
      { id: 'sum', activity: 'test/sum', inputs: { squares: [output(0, 'squares')] } },
    ]),
  );
  await house.reach(run, 'held');
  const held = await mortar.run('logs', run, 'fragile', '-f');
  expect(held.code).toBe(1);
  expect(held.stdout).toContain('the gate is shut');
  expect(held.stderr).toContain('Stage fragile is held');
  // A stage that waits for one on hold does not begin by itself.
  expect((await mortar.run('logs', run, 'sum', '-f')).code).toBe(1);

  await mortar.run('cancel', run);
  await house.reach(run, 'cancelled');
  expect((await mortar.run('logs', run, '-f')).code).toBe(4);
});

test('Ctrl-C leaves a log, and the run goes on', async () => {
  const run = await house.start(squares(300, { tag: 'left', delay: 60 }));
  const logs = mortar.start('logs', run, '-f');
  await says(logs, 'stdout', 'writing');
  logs.interrupt();
  const { code, stderr } = await logs.ended;
  expect(code).toBe(130);
  expect(stderr).toContain(`Run ${run} goes on`);
  expect((await house.client.runStatus(run)).state).toBe('running');
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
});

test('status says which queue no worker polls', async () => {
  const run = await house.start(testPlan([{ id: 'large', queue: 'gpu', with: { n: 3, tag: 'unserved' } }]));
  await house.servers.until(
    async () => (await house.client.runStatus(run)).unserved !== undefined,
    'the queue to be told',
  );
  const { stdout, code } = await mortar.run('status', run);
  expect(code).toBe(0);
  expect(stdout).toContain('No worker polls the queue gpu. Start one with: mortar worker --queue gpu');
  expect(stdout).toMatch(/large +running .*no worker polls the queue gpu/);
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
});

test('a worker that is busy with another stage of the queue is not taken for none', async () => {
  const slow = (tag: string) => squares(60, { tag, delay: 100 });
  const runs = await Promise.all([house.start(slow('one')), house.start(slow('two')), house.start(slow('three'))]);
  await house.traced('square 0#0', 2);
  for (const run of runs) expect((await house.client.runStatus(run)).unserved).toBeUndefined();
  for (const run of runs) await house.client.cancel(run);
  for (const run of runs) await house.reach(run, 'cancelled');
});

test('runs are listed by recipe and state', async () => {
  const run = await house.start(squares(4, { tag: 'listed' }));
  await house.reach(run, 'succeeded');
  const list = async (...more: string[]) =>
    jsonLinesOf<{ id: string; state: string }[]>(
      JSON.stringify(JSON.parse((await mortar.run('runs', '--json', ...more)).stdout)),
    )[0]?.map(({ id }) => id);
  expect(await list('--state', 'succeeded')).toContain(run);
  expect(await list('--state', 'failed', 'held')).not.toContain(run);
  expect(await list('--recipe', 'other')).toEqual([]);
  expect(await list('--recipe', 'test', '--limit', '1')).toEqual([run]);
});

test('a run that Temporal does not know has failed, and can be started again', async () => {
  const runId = '260101-000000-lost';
  const { store } = house.client;
  await createRun(store, { runId, onFailure: 'hold', plan: squares(3, { tag: 'lost' }), recipeText: 'recipe' });
  expect((await house.client.runStatus(runId)).state).toBe('running');
  // As it stands where the command line was killed before it could start the workflow, or where Temporal has lost its data.
  await store.runs.writeState(runId, { state: 'running', updatedAt: '2026-01-01T00:00:00.000Z' });
  const lost = await mortar.run('watch', runId);
  expect(lost.code).toBe(1);
  expect(lost.stderr).toContain(`mortar retry ${runId}`);
  expect((await mortar.run('runs', '--json', '--state', 'failed')).stdout).toContain(runId);
  expect((await mortar.run('retry', runId)).code).toBe(0);
  await house.reach(runId, 'succeeded');
});
