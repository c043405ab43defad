import { readFileSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EngineClient, type RunStatus } from '../../engine/client/client.js';
import { connectTemporal } from '../../engine/temporal.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';
import { chain, output, squares, testPlan } from './plans.js';
import { TestServers } from './servers.js';

let servers: TestServers;
let client: EngineClient;
let worker: ChildProcess;

beforeAll(async () => {
  servers = await TestServers.start();
  worker = await servers.worker();
  client = await EngineClient.connect(servers.environment);
}, 90_000);

afterAll(async () => {
  await client?.close();
  await servers?.stop();
});

beforeEach(() => writeFileSync(servers.environment['TRACE'] ?? '', ''));

const trace = (): string[] =>
  readFileSync(servers.environment['TRACE'] ?? '', 'utf8')
    .split('\n')
    .filter(Boolean);

async function start(plan: Plan, onFailure: 'hold' | 'fail' = 'hold'): Promise<string> {
  return client.startRun({ plan, recipeText: 'recipe', onFailure });
}

async function reach(runId: string, ...states: RunStatus['state'][]): Promise<RunStatus> {
  let status = await client.runStatus(runId);
  await servers.until(
    async () => states.includes((status = await client.runStatus(runId)).state),
    `run ${runId} to be ${states.join(' or ')}`,
    90_000,
  );
  return status;
}

const statesOf = ({ nodes }: RunStatus): Record<string, string> =>
  Object.fromEntries(nodes.map(({ id, state }) => [id, state]));

describe('a run', () => {
  test('does its stages in order, and a second run finds all of them in the cache', async () => {
    const first = await reach(await start(squares(10)), 'succeeded', 'failed', 'held');
    expect(statesOf(first)).toEqual({ numbers: 'done', square: 'done', sum: 'done' });
    expect((await client.result(first.run.id, 'sum')).scalars).toEqual({ total: 285 });
    expect(trace()).toEqual([
      'numbers 10',
      ...[0, 3, 6, 9, 1, 4, 7, 2, 5, 8].map((value) => `square ${value}#0`),
      'sum',
    ]);

    const second = await reach(await start(squares(10)), 'succeeded', 'failed', 'held');
    expect(statesOf(second)).toEqual({ numbers: 'cached', square: 'cached', sum: 'cached' });
    expect(trace()).toHaveLength(12);
    const temporal = await connectTemporal(servers.environment);
    const { historyLength } = await temporal.workflow.getHandle(second.workflow).describe();
    await temporal.connection.close();
    expect(historyLength).toBeLessThan(20);
  });

  test('keeps items in the order of the input and reuses them when items and samples are added', async () => {
    const first = await reach(await start(squares(12, { tag: 'grow' })), 'succeeded', 'held');
    trace();
    writeFileSync(servers.environment['TRACE'] ?? '', '');
    const second = await reach(await start(squares(14, { tag: 'grow', samples: 2 })), 'succeeded', 'held');
    const squared = trace().filter((line) => line.startsWith('square'));
    expect(squared).toHaveLength(14 * 2 - 12);
    const digest = (await client.result(second.run.id, 'square')).outputs['squares']?.digest ?? '';
    const values: number[] = [];
    for await (const record of client.records<{ value: number }>(digest)) values.push(record.value);
    expect(values).toEqual(Array.from({ length: 28 }, (_, index) => Math.floor(index / 2)));
    expect(first.state).toBe('succeeded');
  });

  test('ends early where a stage upstream gives the same output again', async () => {
    await reach(await start(squares(5, { tag: 'a' })), 'succeeded', 'held');
    writeFileSync(servers.environment['TRACE'] ?? '', '');
    const other = await reach(await start(squares(5, { tag: 'b' })), 'succeeded', 'held');
    expect(statesOf(other)).toEqual({ numbers: 'cached', square: 'done', sum: 'cached' });
  });

  test('is one execution for two runs that want the same work at once', async () => {
    const plan = squares(20, { tag: 'shared', delay: 50 });
    const runs = await Promise.all([start(plan), start(plan)]);
    for (const run of runs) expect((await reach(run, 'succeeded', 'failed', 'held')).state).toBe('succeeded');
    expect(trace().filter((line) => line.startsWith('square'))).toHaveLength(20);
  });
});

describe('a killed worker', () => {
  test('loses only what was in flight', async () => {
    const plan = squares(300, { tag: 'killed', delay: 40 });
    const run = await start(plan);
    await servers.until(
      () => Promise.resolve(trace().filter((line) => line.startsWith('square')).length >= 100),
      '100 items',
    );
    await servers.kill(worker, 'SIGKILL');
    const before = trace().filter((line) => line.startsWith('square'));
    const offline = await client.runStatus(run);
    expect(statesOf(offline)).toEqual({ numbers: 'done', square: 'running', sum: 'waiting' });
    worker = await servers.worker();
    const status = await reach(run, 'succeeded', 'failed', 'held');
    expect(status.state).toBe('succeeded');
    const squared = trace().filter((line) => line.startsWith('square'));
    expect(new Set(squared).size).toBe(300);
    // Two shards' worth of the last two seconds, at 25 items a second each.
    expect(squared.length - 300).toBeLessThan(120);
    expect(before.length).toBeGreaterThanOrEqual(100);

    const whole = await reach(await start(squares(300, { tag: 'whole' })), 'succeeded', 'held');
    const digestOf = async (id: string) => (await client.result(id, 'square')).outputs['squares']?.digest;
    expect(await digestOf(run)).toBe(await digestOf(whole.run.id));
  }, 150_000);

  test('that is asked to stop hands its stage over without a failed attempt', async () => {
    const run = await start(squares(200, { tag: 'drained', delay: 40 }));
    await servers.until(
      () => Promise.resolve(trace().filter((line) => line.startsWith('square')).length >= 30),
      '30 items',
    );
    await servers.kill(worker, 'SIGTERM');
    worker = await servers.worker();
    expect((await reach(run, 'succeeded', 'failed', 'held')).state).toBe('succeeded');
    expect(trace().filter((line) => line.startsWith('square'))).toHaveLength(200);
  }, 120_000);
});

describe('a stage that fails', () => {
  const fragile = (more: Partial<PlanNode> = {}): Plan =>
    testPlan([
      { id: 'fragile', activity: 'test/fragile', retry: { attempts: 2, backoff: 10 }, ...more },
      { id: 'sum', activity: 'test/sum', inputs: { squares: [output(0, 'squares')] } },
      { id: 'beside', activity: 'test/numbers', with: { n: 3 } },
    ]);

  test('is held while independent branches go on, and goes on after a retry', async () => {
    const run = await start(fragile({ with: { tag: 'held' } }));
    const held = await reach(run, 'held', 'failed', 'succeeded');
    expect(statesOf(held)).toEqual({ fragile: 'held', sum: 'waiting', beside: 'done' });
    expect(held.nodes[0]?.failure).toEqual({ class: 'bug', code: 'bug', message: 'the gate is shut, ' });
    expect(trace().filter((line) => line === 'fragile')).toHaveLength(2);
    expect((await client.readLogs(run, 'fragile')).map(({ message }) => message)).toEqual([
      'the gate is shut, ',
      'the gate is shut, ',
    ]);

    await expect(client.retry(run, 'beside')).rejects.toThrow('Cannot retry stage beside');
    writeFileSync(servers.environment['GATE'] ?? '', '');
    expect(await client.retry(run, 'fragile')).toEqual(['fragile']);
    expect(statesOf(await reach(run, 'succeeded', 'failed'))).toEqual({ fragile: 'done', sum: 'done', beside: 'done' });
  });

  test('takes its dependents with it when it is skipped, and comes back with them', async () => {
    const run = await start(
      testPlan([
        { id: 'bad', activity: 'test/nothing' },
        { id: 'sum', activity: 'test/sum', inputs: { squares: [output(0, 'squares')] } },
      ]),
    );
    const held = await reach(run, 'held');
    expect(held.nodes[0]?.failure?.code).toBe('activity-missing');
    await client.skip(run, 'bad');
    expect(statesOf(await reach(run, 'succeeded', 'failed'))).toEqual({ bad: 'skipped', sum: 'skipped' });
  });

  test('ends a run that does not hold, and a retry starts the run again', async () => {
    const run = await start(
      testPlan([{ id: 'sum', activity: 'test/fragile', with: { tag: 'fails' }, expect: 'outputs.none > 1' }]),
      'fail',
    );
    const failed = await reach(run, 'failed', 'succeeded', 'held');
    expect(failed.state).toBe('failed');
    expect(failed.nodes[0]?.failure?.class).toBe('expect');
    await client.retry(run);
    expect((await reach(run, 'failed')).state).toBe('failed');
  });

  test('is let pass by hand where only what it expects is false', async () => {
    const run = await start(testPlan([{ id: 'numbers', with: { n: 4 }, expect: 'outputs.count > 5' }]));
    const held = await reach(run, 'held');
    expect(held.nodes[0]?.failure?.code).toBe('expect-false');
    await client.approve(run, 'numbers');
    const passed = await reach(run, 'succeeded');
    expect(passed.nodes[0]).toMatchObject({ state: 'done', approved: true });
  });
});

describe('bad items', () => {
  test('are recorded, and stop the stage when there are more than max_failures', async () => {
    const bad = { bad: [1, 2, 3], tag: 'bad' };
    const few = await reach(
      await start(squares(10, bad, { items: { max_failures: { share: 0.3 } } })),
      'succeeded',
      'held',
    );
    expect(few.state).toBe('succeeded');
    expect((await client.result(few.run.id, 'square')).scalars).toEqual({ good: 7, bad: 3 });
    const many = await reach(
      await start(squares(10, { ...bad, tag: 'worse' }, { items: { max_failures: { count: 2 } } })),
      'succeeded',
      'held',
    );
    expect(many.nodes[1]?.failure).toMatchObject({ class: 'items', code: 'too-many-failures' });
    expect(many.nodes[1]?.failure?.message).toContain('3 of 10 items failed');
  });

  test('that infrastructure broke are tried again, and no others', async () => {
    const held = await reach(
      await start(
        squares(6, { bad: [2], class: 'infrastructure', tag: 'infra' }, { retry: { attempts: 3, backoff: 1 } }),
      ),
      'succeeded',
      'held',
    );
    expect(held.state).toBe('held');
    const counted = trace().filter((line) => line.startsWith('square'));
    expect(counted).toHaveLength(6 + 2);
    expect(counted.filter((line) => line === 'square 2#0')).toHaveLength(3);
  });
});

describe('cancel', () => {
  test('stops the work, and what another run waits for goes on', async () => {
    const plan = testPlan([{ id: 'waiting', activity: 'test/waiting' }]);
    const [first, second] = [await start(plan), await start(plan)];
    await servers.until(async () => (await client.runStatus(second)).nodes[0]?.progress?.total === 4, 'progress');
    await client.cancel(first);
    await reach(first, 'cancelled');
    expect(trace()).toEqual(['waiting begins']);
    expect((await client.runStatus(second)).nodes[0]).toMatchObject({
      state: 'running',
      progress: { done: 1, total: 4, note: 'on its way' },
    });
    await client.cancel(second);
    await reach(second, 'cancelled');
    await servers.until(() => Promise.resolve(trace().includes('waiting ends')), 'the work to stop');
    expect(trace()).toEqual(['waiting begins', 'waiting ends']);
  });
});

describe('a long chain', () => {
  test('is passed in one walk once it is cached', async () => {
    const length = 120;
    expect((await reach(await start(chain(length)), 'succeeded', 'failed', 'held')).state).toBe('succeeded');
    const cached = await reach(await start(chain(length)), 'succeeded', 'failed', 'held');
    expect(cached.nodes.every(({ state }) => state === 'cached')).toBe(true);
    const temporal = await connectTemporal(servers.environment);
    const { historyLength } = await temporal.workflow.getHandle(cached.workflow).describe();
    await temporal.connection.close();
    expect(historyLength).toBeLessThan(20);
  });
});

describe('without a service', () => {
  test('a command says which one does not answer, within seconds', async () => {
    const nowhere = { ...servers.environment, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    await expect(EngineClient.connect(nowhere)).rejects.toMatchObject({ code: 'store-unreachable' });
    const alone = await EngineClient.connect({ ...servers.environment, TEMPORAL_ADDRESS: '127.0.0.1:9' });
    const begun = Date.now();
    await expect(alone.startRun({ plan: squares(1), recipeText: 'recipe' })).rejects.toMatchObject({
      code: 'temporal-unreachable',
    });
    expect(Date.now() - begun).toBeLessThan(8_000);
    const [known] = await client.listRuns();
    expect((await alone.runStatus(known?.id ?? '')).live).toBe(false);
    await alone.close();
  });
});
