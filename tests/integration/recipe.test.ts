import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredItem } from '../../artifacts/item-segments.js';
import { jsonLines } from '../../artifacts/json-lines.js';
import type { RunStatus } from '../../engine/client/client.js';
import { probeDocker } from '../../sandbox/docker.js';
import type { Instance, Trajectory, Verdict } from '../../schemas/records.js';
import { House } from '../support/house.js';

const recipe = fileURLToPath(new URL('../fixtures/smoke.yaml', import.meta.url));

/** Where the worker is killed: while a stage of each of these activities is at work. */
const KILLED_IN = ['validate/run-tests', 'sft/train', 'agent/rollout'] as const;
/**
 * A served model's answers: what stands in one batch depends on the clock, and with it the last bits of a logit. Few of them fall on the other
 * side of a draw, of some twenty to forty rollouts one or two; had anything else changed, hardly one would be the same.
 */
const SAMPLED = /^(practice|evaluate|plain|judged|verifiers|score)/;
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

/** What stands around the first character that differs, on either side. */
function firstDifference(ours: readonly string[], theirs: readonly string[]): string {
  const record = ours.findIndex((text, at) => text !== theirs[at]);
  const [left = '', right = ''] = [ours[record], theirs[record]];
  const start = Math.max(0, [...left].findIndex((character, at) => character !== right[at]) - 60);
  return `record ${record} of ${ours.length} and ${theirs.length}: ${left.slice(start, start + 120)} <> ${right.slice(start, start + 120)}`;
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
        if (ours.length !== theirs.length || (differing > 0 && !SAMPLED.test(id)))
          different.push(`${id}.${name}: ${firstDifference(ours, theirs)}`);
        else if (differing > 0) sampled.set(`${id}.${name}`, differing / ours.length);
      }
    }
    expect(different).toEqual([]);
    for (const [output, share] of sampled) expect(share, output).toBeLessThan(0.25);
  }, 300_000);
});
