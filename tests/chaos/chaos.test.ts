import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { blobsOf } from '../../artifacts/manifests.js';
import { EngineClient, type RunStatus } from '../../engine/client/client.js';
import { messageOf } from '../../recipe/errors.js';
import { bubblewrapProgram } from '../../sandbox/index.js';
import { ensureSandbox } from '../../services/sandbox-program.js';
import { commandLinesWith } from '../support/processes.js';
import { ChaosHouse } from './chaos-house.js';
import { chaosPlans } from './chaos-plan.js';
import { scheduleFaults } from './faults.js';

/**
 * Recipes of all kinds of stages, two runs at a time that share work, on an engine to which everything happens that can: CHAOS_FAULTS
 * faults (16 where nobody says; `npm run chaos` has 120) in an order that CHAOS_SEED decides.
 */
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1e9));
const count = Number(process.env['CHAOS_FAULTS'] ?? 16);
/** A pair of runs is begun after so many faults, and whenever none is under way: there is always something to disturb. */
const FAULTS_A_PAIR = 6;

const MOST_RUNS = 4;

let folder: string;
let house: ChaosHouse;
let sandbox = false;
let sandboxEnvironment: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  console.log(`chaos: CHAOS_SEED=${seed} CHAOS_FAULTS=${count}`);
  folder = mkdtempSync(join(tmpdir(), 'mortar-chaos-'));
  process.env['MORTAR_SANDBOX'] ??= 'bubblewrap';
  sandbox = await ensureSandbox(console.error).then(
    () => true,
    (error: unknown) => {
      console.warn(`chaos: without a stage in a sandbox: ${messageOf(error)}`);
      return false;
    },
  );
  sandboxEnvironment = { MORTAR_SANDBOX: 'bubblewrap', MORTAR_BWRAP: bubblewrapProgram() ?? '' };
  house = await ChaosHouse.open(folder, seed, sandboxEnvironment);
}, 300_000);

afterAll(async () => {
  await house?.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

test(`${count} faults lose nothing, repeat nothing that was stored, and change no result`, async () => {
  onTestFailed(() => console.error(`chaos: to see this again: CHAOS_SEED=${seed} CHAOS_FAULTS=${count} npm run chaos`));
  const runs: { readonly tag: string; readonly number: number; readonly ended: Promise<RunStatus> }[] = [];
  const active = new Set<string>();
  let failure: unknown;
  const begin = (): void => {
    const tag = `${seed}-${runs.length / 2}`;
    for (const [number, plan] of chaosPlans(tag, sandbox).entries()) {
      const id = `chaos-${tag}-${number}`;
      active.add(id);
      const ended = house.start(plan, id).then((run) => house.drive(run));
      ended.catch((error: unknown) => (failure ??= error)).finally(() => active.delete(id));
      runs.push({ tag, number, ended });
    }
  };

  const done: Record<string, number> = {};
  for (const [number, { after, fault }] of scheduleFaults(seed, count).entries()) {
    if (active.size === 0 || (number % FAULTS_A_PAIR === 0 && active.size <= MOST_RUNS - 2)) begin();
    await sleep(after);
    if (failure) throw failure;
    const name = (await house.disturb(fault)) ? fault.kind : `${fault.kind} (not possible here)`;
    done[name] = (done[name] ?? 0) + 1;
    console.log(`chaos: ${number + 1} ${JSON.stringify(fault)}`);
  }
  await house.calm();
  const ended = await Promise.all(runs.map(({ ended }) => ended));
  expect(ended.map(({ state }) => state)).toEqual(ended.map(() => 'succeeded'));

  const executed = house.evidence.lines().filter(({ what }) => what === 'item').length;
  console.log(
    `chaos: ${runs.length} runs; ${executed} items worked on; ${JSON.stringify({ done, killedAtWrites: house.aimed, ...house.s3.harmed })}`,
  );
  expect(house.evidence.repeated()).toEqual([]);
  expect(house.supervisors.map(({ gaveUp }) => gaveUp)).toEqual(house.supervisors.map(() => 0));

  // All that was stored is whole.
  const { store } = house.client;
  const digests = new Set(
    ended
      .flatMap(({ nodes }) => nodes.flatMap(({ outputs }) => Object.values(outputs ?? {})))
      .map(({ digest }) => digest),
  );
  for (const digest of digests) {
    await store.blobs.verify(digest);
    for (const blob of blobsOf(await store.artifacts.manifest(digest)))
      expect(await store.blobs.verify(blob.digest)).toBe(blob.size);
  }

  // The same plans, where nothing happens.
  await Promise.all(house.supervisors.map((supervisor) => supervisor.close()));
  expect(commandLinesWith(folder).filter((line) => !line.includes('versitygw'))).toEqual([]);
  const quiet = { MORTAR_BUCKET: 'quiet', MORTAR_CACHE: join(folder, 'quiet') };
  await house.servers.worker({
    ...sandboxEnvironment,
    ...quiet,
    MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/chaos-activities.mjs'),
    MORTAR_SLOTS: 'cpu=12,sandbox=2',
  });
  const client = await EngineClient.connect({ ...house.servers.environment, ...quiet });
  try {
    const undisturbed = await Promise.all(
      runs.map(async ({ tag, number }) => {
        const plan = chaosPlans(tag, sandbox)[number === 0 ? 0 : 1];
        return house.drive(await house.start(plan, `quiet-${tag}-${number}`, client), client);
      }),
    );
    expect(ended.map(outputsOf)).toEqual(undisturbed.map(outputsOf));
  } finally {
    await client.close();
  }
}, 3_600_000);

function outputsOf({ nodes }: RunStatus): Record<string, unknown> {
  return Object.fromEntries(nodes.map(({ id, outputs, scalars }) => [id, { outputs, scalars }]));
}
