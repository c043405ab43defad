import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredItem } from '../../artifacts/item-segments.js';
import { jsonLines } from '../../artifacts/manifests.js';
import { EngineClient, type RunStatus } from '../../engine/client.js';
import { probeDocker } from '../../sandbox/docker.js';
import type { Instance, Trajectory, Verdict } from '../../schemas/records.js';
import { connectionEnvironment } from '../../services/connection.js';
import { connect } from '../../services/up.js';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));
const recipe = fileURLToPath(new URL('../fixtures/smoke.yaml', import.meta.url));

/** Where the worker is killed: while a stage of each of these activities is at work. */
const KILLED_IN = ['validate/run-tests', 'sft/train', 'agent/rollout'] as const;
/** A served model's answers: what stands in one batch depends on the clock, and with it the last bits of a logit. */
const SAMPLED = /^(practice|evaluate|plain|judged|verifiers|score)/;
/** Times of this machine, and numbers that come from such last bits. */
const VOLATILE = new Set(['seconds', 'train_seconds', 'tokens_per_second', 'mean_tokens_per_second', 'log', 'logprob']);

/** A Mortar of its own: services, store and worker. */
class House {
  readonly home = mkdtempSync(join(tmpdir(), 'mortar-recipe-'));
  readonly environment: NodeJS.ProcessEnv;
  client!: EngineClient;

  constructor(sandbox: string) {
    this.environment = {
      ...process.env,
      MORTAR_HOME: this.home,
      MORTAR_TEMPORAL_PORT: '0',
      MORTAR_S3_PORT: '0',
      MORTAR_SANDBOX: sandbox,
      NO_COLOR: '1',
    };
    for (const name of ['TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MORTAR_BUCKET'])
      delete this.environment[name];
  }

  async mortar(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      const options = { env: this.environment, timeout: 900_000, maxBuffer: 1 << 26 };
      return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...words], options)) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  async open(): Promise<void> {
    const up = await this.mortar('up');
    expect(up.code, up.stderr).toBe(0);
    const given = process.env['MORTAR_HOME'];
    process.env['MORTAR_HOME'] = this.home;
    const connection = connect();
    if (given === undefined) delete process.env['MORTAR_HOME'];
    else process.env['MORTAR_HOME'] = given;
    this.client = await EngineClient.connect({ ...this.environment, ...connectionEnvironment(connection) });
  }

  async close(): Promise<void> {
    await this.client?.close();
    await this.mortar('down');
    rmSync(this.home, { recursive: true, force: true });
  }

  killWorker(): void {
    const { pid } = JSON.parse(readFileSync(join(this.home, 'worker.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
  }

  /**
   * The records of an artifact without what is another one every time; a file tree's own digests.
   * @param decimals to which fractions are compared; absent: exactly
   */
  async essence(digest: string, decimals?: number): Promise<string[]> {
    const { records, files } = await this.client.manifest(digest);
    if (records === undefined) return files.map(({ path, blob }) => `${path} ${blob.digest}`);
    const found: string[] = [];
    for await (const record of this.client.records<unknown>(digest))
      found.push(
        JSON.stringify(record, (key, value: unknown) => {
          if (VOLATILE.has(key)) return undefined;
          return typeof value === 'number' && decimals !== undefined ? Number(value.toFixed(decimals)) : value;
        }),
      );
    return found;
  }

  async records<T>(run: string, stage: string, output: string): Promise<T[]> {
    const digest = (await this.client.result(run, stage)).outputs[output]?.digest ?? '';
    const records: T[] = [];
    for await (const record of this.client.records<T>(digest)) records.push(record);
    return records;
  }
}

let calm: House;
let rough: House;
let undisturbed: RunStatus;

beforeAll(async () => {
  calm = new House('bubblewrap');
  await calm.open();
}, 1_200_000);

afterAll(async () => {
  await calm?.close();
  await rough?.close();
}, 120_000);

function failures({ nodes }: RunStatus): string {
  return nodes.flatMap(({ id, failure }) => (failure ? [`${id}: ${failure.message}`] : [])).join('\n');
}

describe('the recipe, end to end', () => {
  test('goes through every stage in bubblewrap', async () => {
    const { code, stderr, stdout } = await calm.mortar('run', recipe, '--on-failure', 'fail', '--json');
    expect(code, `${stderr}\n${stdout.slice(-2000)}`).toBe(0);
    const [run] = await calm.client.listRuns();
    undisturbed = await calm.client.runStatus(run?.id ?? '');
    expect(undisturbed.state).toBe('succeeded');
    expect(new Set(undisturbed.nodes.map(({ state }) => state))).toEqual(new Set(['done']));
  }, 1_200_000);

  test('keeps the splits apart, and leaves no instance without a reason', async () => {
    const id = undisturbed.run.id;
    const parts = await Promise.all(
      ['train', 'verifier', 'development', 'test'].map((name) => calm.records<Instance>(id, 'split', name)),
    );
    const seen = new Map<string, number>();
    for (const [part, instances] of parts.entries()) {
      expect(instances.length).toBeGreaterThan(0);
      for (const { repo } of instances) {
        expect(seen.get(repo) ?? part, `${repo} is in two splits`).toBe(part);
        seen.set(repo, part);
      }
    }
    const validated = await calm.records<Instance>(id, 'validate', 'instances');
    const valid = validated.filter(({ status }) => status === 'valid');
    expect(valid.length).toBeGreaterThan(validated.length / 5);
    for (const instance of valid) expect(instance.FAIL_TO_PASS.length).toBeGreaterThan(0);
    for (const { status, reason } of validated) if (status !== 'valid') expect(reason).toBeTruthy();
  });

  test('gives one verdict a trajectory, resolved exactly where all tests pass that have to', async () => {
    const stages = undisturbed.nodes.map(({ id }) => id);
    const groups = stages.filter((id) => id.endsWith('.grade')).map((id) => id.slice(0, -'.grade'.length));
    expect(groups.length).toBeGreaterThanOrEqual(5);
    for (const group of groups) {
      const trajectories = await calm.records<Trajectory>(undisturbed.run.id, `${group}.rollout`, 'trajectories');
      const verdicts = await calm.records<Verdict>(undisturbed.run.id, `${group}.grade`, 'verdicts');
      expect(new Set(verdicts.map(({ trajectory_id }) => trajectory_id))).toEqual(
        new Set(trajectories.map(({ trajectory_id }) => trajectory_id)),
      );
    }
    const taught = await calm.records<Verdict>(undisturbed.run.id, 'demos.grade', 'verdicts');
    expect(taught.some(({ resolved }) => resolved)).toBe(true);
    expect(taught.some(({ resolved }) => !resolved)).toBe(true);
  });

  test('comes from the cache the second time, and writes a report that stands alone', async () => {
    const again = await calm.mortar('run', recipe, '--on-failure', 'fail');
    expect(again.code, again.stderr).toBe(0);
    expect(`${again.stdout}${again.stderr}`).toContain(
      `${undisturbed.nodes.length} of ${undisturbed.nodes.length} stages came from the cache`,
    );
    const report = await calm.mortar('report', undisturbed.run.id, '--out', join(calm.home, 'report'));
    expect(report.code, report.stderr).toBe(0);
    const html = readFileSync(report.stdout.trim(), 'utf8');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(?:src|href)="(?!#|data:)/u);
  });
});

describe('a worker that is killed in validation, rollouts and training', () => {
  let disturbed: RunStatus;
  const kills: string[] = [];

  test('takes up its work, here in Docker where it answers', async () => {
    const docker = await probeDocker();
    if (docker !== null) process.stderr.write(`Docker does not answer (${docker}); killing goes on in bubblewrap.\n`);
    rough = new House(docker === null ? 'docker' : 'bubblewrap');
    await rough.open();
    const started = await rough.mortar('run', recipe, '--on-failure', 'fail', '--detach');
    expect(started.code, started.stderr).toBe(0);
    const id = started.stdout.trim();
    const left = new Set<string>(KILLED_IN);
    for (;;) {
      disturbed = await rough.client.runStatus(id);
      if (disturbed.state !== 'running') break;
      const struck = disturbed.nodes.find(
        ({ activity, state, progress }) => state === 'running' && left.has(activity) && (progress?.done ?? 0) > 0,
      );
      if (!struck) {
        await sleep(100);
        continue;
      }
      left.delete(struck.activity);
      kills.push(`${struck.id} at ${struck.progress?.done} of ${struck.progress?.total}`);
      rough.killWorker();
      const up = await rough.mortar('up');
      expect(up.code, up.stderr).toBe(0);
    }
    expect(disturbed.state, failures(disturbed)).toBe('succeeded');
    process.stderr.write(`Killed in ${kills.join(', ')}.\n`);
    expect(kills).toHaveLength(KILLED_IN.length);
  }, 1_800_000);

  test('does no item again whose result was in the store', async () => {
    const times = new Map<string, number>();
    const { objects } = rough.client.store;
    for await (const { key } of objects.list('items/')) {
      const bytes = await objects.get(key);
      const map = key.split('/')[1] ?? '';
      for (const { id } of jsonLines<StoredItem>(bytes ?? Buffer.alloc(0), key))
        times.set(`${map} ${id}`, (times.get(`${map} ${id}`) ?? 0) + 1);
    }
    expect(times.size).toBeGreaterThan(100);
    expect([...times].filter(([, count]) => count > 1)).toEqual([]);
  });

  test('ends in the result of the run that nothing disturbed', async () => {
    const different: string[] = [];
    const sampled = new Map<string, number>();
    for (const [index, { id, activity, outputs = {} }] of undisturbed.nodes.entries()) {
      for (const [name, { digest }] of Object.entries(outputs)) {
        const other = disturbed.nodes[index]?.outputs?.[name]?.digest ?? '';
        // A page says when it was made.
        if (digest === other || activity === 'report/write') continue;
        // A verifier's score carries the last bits on, so those are compared to where they cannot reach.
        const decimals = SAMPLED.test(id) ? 2 : undefined;
        const [ours, theirs] = await Promise.all([calm.essence(digest, decimals), rough.essence(other, decimals)]);
        const differing = ours.filter((record, at) => record !== theirs[at]).length;
        if (ours.length !== theirs.length || (differing > 0 && !SAMPLED.test(id))) different.push(`${id}.${name}`);
        else if (differing > 0) sampled.set(`${id}.${name}`, differing / ours.length);
      }
    }
    expect(different).toEqual([]);
    for (const [output, share] of sampled) expect(share, output).toBeLessThan(0.05);
  }, 300_000);
});
