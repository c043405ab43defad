import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScheduleStatus } from '../../engine/client/schedules.js';
import { writeGateRecipe } from '../support/gate-recipe.js';
import { EngineHouse, statesOf } from './engine-house.js';
import { historyOf, keepHistory } from './histories.js';
import { CommandLine } from './command-line.js';

let house: EngineHouse;
let mortar: CommandLine;
let folder: string;

beforeAll(async () => {
  house = await EngineHouse.open({ MORTAR_ACTIVITIES: '' });
  folder = join(house.servers.folder, 'recipes');
  mkdirSync(folder);
  mortar = new CommandLine(folder, house.servers.environment);
  writeGateRecipe(folder, 'nightly');
}, 90_000);

afterAll(async () => {
  mortar?.stop();
  await house?.close();
});

const create = (...more: string[]) => mortar.run('schedule', 'create', 'nightly.yaml', '--no-up', ...more);

async function listed(id: string): Promise<ScheduleStatus | undefined> {
  const { code, stdout, stderr } = await mortar.run('schedule', 'ls', '--json');
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as ScheduleStatus[]).find((schedule) => schedule.id === id);
}

async function runsOf(id: string): Promise<string[]> {
  return (await house.client.store.runs.ids()).filter((run) => run.endsWith(`-${id}`));
}

test('a schedule fires by its interval; each run has a record, and works on fresh stages once more', async () => {
  const made = await create('--every', '3s', '--fresh', 'verdicts', '--id', 'often');
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout.trim()).toBe('often');
  await house.servers.until(async () => (await runsOf('often')).length >= 3, 'three runs');
  const runs = (await runsOf('often')).reverse().slice(0, 3);
  for (const run of runs) {
    const status = await house.reach(run, 'succeeded', 'failed', 'held');
    expect(statesOf(status)).toEqual({ verdicts: 'done' });
    expect(status.run.schedule?.id).toBe('often');
    // The nominal time, not the one at which somebody came to it.
    expect(Date.parse(status.run.schedule?.at ?? '') % 3_000).toBe(0);
    expect(run).toBe(`${status.run.schedule?.at.replace(/[-:]/g, '').replace('T', '-').slice(2, 15)}-often`);
  }
  expect((await mortar.run('schedule', 'delete', 'often')).code).toBe(0);
  expect(await listed('often')).toBeUndefined();
  // The store has the runs, and nothing of the schedule any more.
  expect(await house.client.store.schedules.ids()).not.toContain('often');
});

test('a schedule keeps the recipe and its files as they were when it was made', async () => {
  expect((await create('--every', '30d', '--id', 'kept')).code).toBe(0);
  writeFileSync(join(folder, 'verdicts.jsonl'), 'no JSON at all\n');
  const fired = await mortar.run('schedule', 'trigger', 'kept');
  writeFileSync(join(folder, 'verdicts.jsonl'), '');
  expect(fired.code, fired.stderr).toBe(0);
  const run = fired.stdout.trim();
  expect(statesOf(await house.reach(run, 'succeeded', 'failed', 'held'))).toEqual({ verdicts: 'done' });
  // From the cache by now.
  const second = await mortar.run('schedule', 'trigger', 'kept');
  expect(statesOf(await house.reach(second.stdout.trim(), 'succeeded', 'failed', 'held'))).toEqual({
    verdicts: 'cached',
  });
  expect(await listed('kept')).toMatchObject({
    last: { run: second.stdout.trim(), state: 'succeeded' },
    taken: 2,
    when: { every: '30d' },
  });
  // Values of its own can be tried as with any run.
  expect((await mortar.run('retry', run, '--set', 'least=0')).stderr).toContain('changes nothing');
});

test('a firing that is tried again starts nothing twice', async () => {
  const before = await runsOf('kept');
  const [first] = before;
  const record = await house.client.store.runs.run(first ?? '');
  const at = record?.schedule?.at ?? '';
  const { action } = await house.temporal.schedule.getHandle(`schedule/${house.client.store.id}/kept`).describe();
  const nominal = [{ key: { name: 'TemporalScheduledStartTime', type: 'DATETIME' }, value: new Date(at) }] as const;
  const again = await house.temporal.workflow.execute('scheduledRun', {
    workflowId: 'again',
    taskQueue: 'mortar',
    args: action.args ?? [],
    typedSearchAttributes: [...nominal],
  });
  expect(again).toBe('started-before');
  expect(await runsOf('kept')).toEqual(before);
  expect(await house.client.store.runs.run(first ?? '')).toEqual(record);
  if (process.env['RECORD_HISTORIES'])
    keepHistory(process.env['RECORD_HISTORIES'], 'scheduled-run-again', await historyOf(house.temporal, 'again'));
});

test('a firing is skipped while the run of an earlier one is open', async () => {
  // Whatever an attempt before this one has left.
  await mortar.run('schedule', 'delete', 'held');
  const made = await create('--every', '30d', '--id', 'held', '--set', 'least=3', '--on-failure', 'hold');
  expect(made.code, made.stderr).toBe(0);
  const run = (await mortar.run('schedule', 'trigger', 'held')).stdout.trim();
  await house.reach(run, 'held');
  const second = await mortar.run('schedule', 'trigger', 'held', '--json');
  expect(second.code, second.stderr).toBe(0);
  expect(JSON.parse(second.stdout)).toBeNull();
  expect(second.stderr).toContain('Skipped');
  expect(await listed('held')).toMatchObject({ skipped: 1, last: { run, state: 'held' } });

  expect((await mortar.run('approve', run, 'verdicts')).code).toBe(0);
  await house.reach(run, 'succeeded');
  await house.servers.until(async () => {
    const third = JSON.parse((await mortar.run('schedule', 'trigger', 'held', '--json')).stdout) as {
      run: string;
    } | null;
    return third !== null && third.run !== run;
  }, 'another firing');
  const generation = process.env['RECORD_HISTORIES'];
  if (generation) {
    const firing = `schedule/${house.client.store.id}/held-${nominalOf(run)}`;
    keepHistory(generation, 'scheduled-run', await historyOf(house.temporal, firing));
    keepHistory(generation, 'run-searchable', await historyOf(house.temporal, `run/${run}`));
  }
});

test('a schedule is paused with a reason, and resumed', async () => {
  expect((await create('--every', '2s', '--id', 'paused', '--paused')).code).toBe(0);
  expect((await mortar.run('schedule', 'pause', 'paused', '--note', 'until the disk is back')).code).toBe(0);
  expect((await mortar.run('schedule', 'ls')).stdout).toContain('paused (until the disk is back)');
  expect(await runsOf('paused')).toEqual([]);
  expect((await mortar.run('schedule', 'resume', 'paused')).code).toBe(0);
  await house.servers.until(async () => (await runsOf('paused')).length > 0, 'a run');
  expect((await mortar.run('schedule', 'delete', 'paused')).code).toBe(0);
});

test('a schedule that is wrong is refused, and says what to do', async () => {
  const wrong = async (...more: string[]): Promise<string> => {
    const { code, stderr } = await create(...more);
    expect(code, stderr).toBe(2);
    return stderr;
  };
  expect(await wrong('--id', 'a')).toContain('Say when it is to run');
  expect(await wrong('--every', 'soon')).toContain("--every is 'soon'");
  expect(await wrong('--every', '1h', '--id', 'Not A Name')).toContain('--id NAME');
  expect(await wrong('--every', '1h', '--fresh', 'verdict', '--id', 'b')).toContain('verdicts');
  expect(await wrong('--cron', '61 * * * *', '--id', 'c')).toContain('does not take the times of schedule c');
  expect(await house.client.store.schedules.ids()).not.toContain('c');
  expect(await wrong('--every', '1h', '--id', 'kept')).toContain('already a schedule kept');
  expect(await listed('kept')).toMatchObject({ taken: 2 });
  expect((await mortar.run('schedule', 'trigger', 'nothing')).code).toBe(2);
});

/** `2026-01-01T00:00:00Z` of `260101-000000-held`. */
function nominalOf(run: string): string {
  const [, year, month, day, hour, minute, second] = /^(..)(..)(..)-(..)(..)(..)-/.exec(run) ?? [];
  return `20${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
