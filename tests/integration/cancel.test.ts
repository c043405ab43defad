import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeDocker } from '../../sandbox/docker.js';
import { bubblewrapProgram } from '../../sandbox/index.js';
import { ensureSandbox } from '../../services/sandbox-program.js';
import { commandLinesWith } from '../support/processes.js';
import { EngineHouse } from './engine-house.js';
import { testPlan } from './plans.js';

/** What `mortar cancel` promises. */
const LIMIT = 10_000;

const withoutDocker = await probeDocker();

describe.each([
  ['bubblewrap', null],
  ['docker', withoutDocker],
] as const)('cancel, in %s', (adapter, missing) => {
  if (missing !== null) {
    test.skip(`not tried: Docker does not answer (${missing})`, () => undefined);
    return;
  }
  let house: EngineHouse;

  beforeAll(async () => {
    process.env['MORTAR_SANDBOX'] = adapter;
    await ensureSandbox(console.error);
    house = await EngineHouse.open({ MORTAR_SANDBOX: adapter, MORTAR_BWRAP: bubblewrapProgram() ?? '' });
  }, 300_000);
  afterAll(() => house?.close());

  /** Stays for hours, with children, in a session of its own, whatever it is told. */
  const stubborn = (seconds: number): string =>
    `trap "" TERM INT HUP; setsid sh -c 'trap "" TERM INT HUP; sleep ${seconds}; sleep 1' & ` +
    `echo begun; touch left-behind; sleep ${seconds} & wait; sleep ${seconds}`;
  const command = (seconds: number) => ({
    id: 'stubborn',
    activity: 'command',
    queue: 'sandbox',
    with: { run: stubborn(seconds), image: null, env: {}, timeout: '1h', outputs: {} },
  });

  const scratch = (): string[] => {
    const work = join(house.servers.environment['MORTAR_CACHE'] ?? '', 'work');
    return existsSync(work) ? readdirSync(work, { recursive: true, encoding: 'utf8' }) : [];
  };
  const containers = async (): Promise<string[]> =>
    adapter === 'docker'
      ? (await new Docker().listContainers({ all: true, filters: { label: ['mortar.sandbox'] } })).flatMap(
          ({ Names }) => Names,
        )
      : [];

  test('ends a command that ignores every signal, all that it started, and its sandbox, and leaves no files', async () => {
    const seconds = 400_000 + process.pid;
    const run = await house.start(testPlan([command(seconds), { id: 'waiting', activity: 'test/waiting' }]));
    await house.traced('waiting begins');
    await house.servers.until(
      () => Promise.resolve(commandLinesWith(`sleep ${seconds}`).length >= 2),
      'the command to begin',
    );
    expect(scratch()).not.toEqual([]);

    await house.client.cancel(run);
    await house.servers.until(
      async () =>
        commandLinesWith(`sleep ${seconds}`).length === 0 &&
        scratch().length === 0 &&
        (await containers()).length === 0,
      'all of it to be gone',
      LIMIT,
    );
    await house.traced('waiting ends');
    expect((await house.reach(run, 'cancelled')).nodes.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
  }, 120_000);

  test('and a killed worker leave no process of a sandbox behind, and the next attempt cleans up', async () => {
    const seconds = 500_000 + process.pid;
    const run = await house.start(testPlan([command(seconds)]));
    await house.servers.until(
      () => Promise.resolve(commandLinesWith(`sleep ${seconds}`).length >= 2),
      'the command to begin',
    );
    await house.servers.kill(house.worker, 'SIGKILL');
    await house.servers.until(
      async () => commandLinesWith(`sleep ${seconds}`).length === 0 && (await containers()).length === 0,
      'the sandbox to go with its worker',
      LIMIT,
    );
    house.worker = await house.servers.worker({ MORTAR_SANDBOX: adapter, MORTAR_BWRAP: bubblewrapProgram() ?? '' });
    await house.servers.until(
      () => Promise.resolve(commandLinesWith(`sleep ${seconds}`).length >= 2),
      'the command to begin again',
    );
    await house.client.cancel(run);
    await house.reach(run, 'cancelled');
    await house.servers.until(
      async () =>
        commandLinesWith(`sleep ${seconds}`).length === 0 &&
        scratch().length === 0 &&
        (await containers()).length === 0,
      'all of it to be gone',
      LIMIT,
    );
  }, 150_000);
});
