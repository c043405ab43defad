import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../recipe/json.js';
import { House } from '../support/house.js';

/** The public pipelines in recipes/examples, run as their readers would run them. */
const example = (name: string): string =>
  fileURLToPath(new URL(`../../recipes/examples/${name}.yaml`, import.meta.url));

const house = new House('bubblewrap');
beforeAll(() => house.open(), 1_200_000);
afterAll(() => house.close(), 120_000);

/** Runs an example to its end and gives the run's id. */
async function run(name: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await house.mortar('run', example(name), '--on-failure', 'fail', '--json', ...words);
  expect(code, `${stderr}\n${stdout.slice(-2000)}`).toBe(0);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { run?: string }]));
  return events.find((event) => event.run !== undefined)?.run ?? '';
}

async function scalars(id: string, stage: string): Promise<JsonObject> {
  const { nodes } = await house.client.runStatus(id);
  return (nodes.find((node) => node.id === stage)?.scalars ?? {}) as JsonObject;
}

describe('public pipelines', () => {
  test("DVC's get-started: a changed param makes again what reads it, and diff shows the metric", async () => {
    const first = await run('dvc-get-started');
    expect(await scalars(first, 'evaluate')).toEqual({ avg_prec: expect.any(Number), roc_auc: expect.any(Number) });
    const planned = await house.mortar('plan', example('dvc-get-started'), '--set', 'train.steps=1', '--json');
    const { stages } = JSON.parse(planned.stdout) as { stages: { id: string; state: string; differences?: Json }[] };
    expect(stages.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'prepare cached',
      'featurize cached',
      'train to run',
      'evaluate waiting',
    ]);
    expect(JSON.stringify(stages[2]?.differences)).toContain('inputs/train.jsonl 60 1');
    const second = await run('dvc-get-started', '--set', 'train.steps=1');
    const { nodes } = await house.client.runStatus(second);
    expect(nodes.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'prepare cached',
      'featurize cached',
      'train done',
      'evaluate done',
    ]);
    const { stdout } = await house.mortar('diff', first, second);
    expect(stdout).toContain('avg_prec');
    expect(stdout).toContain('train.steps: 60 -> 1');
  });

  test("Argo's dag-diamond: D comes after B and C, and they after A", async () => {
    const id = await run('argo-dag-diamond');
    const said = await house.records<{ message: string }>(id, 'D.say', 'said');
    expect(said.map(({ message }) => message)).toEqual(['A', 'B', 'A', 'C', 'D']);
  });

  test("Argo's map-reduce: as many maps as parts", async () => {
    expect(await scalars(await run('argo-map-reduce'), 'reduce')).toEqual({ total: 12 });
    const wider = await run('argo-map-reduce', '--set', 'parts=[0,1,2,3,4,5]');
    expect(await scalars(wider, 'reduce')).toEqual({ total: 30 });
  });

  test("Argo's suspend: nothing is released before a person approves", async () => {
    const started = await house.mortar('run', example('argo-suspend'), '--detach', '--json');
    expect(started.code, started.stderr).toBe(0);
    const [latest] = await house.client.listRuns();
    const id = latest?.id ?? '';
    await expect.poll(async () => (await house.client.runStatus(id)).state, { timeout: 60_000 }).toBe('held');
    const held = await house.client.runStatus(id);
    expect(held.nodes.find((node) => node.id === 'release')?.state).toBe('waiting');
    expect((await house.mortar('approve', id, 'build')).code).toBe(0);
    await expect.poll(async () => (await house.client.runStatus(id)).state, { timeout: 60_000 }).toBe('succeeded');
  });

  test('a matrix of GitHub Actions: what one axis decides is done once for each of its values', async () => {
    const id = await run('github-matrix');
    const { nodes } = await house.client.runStatus(id);
    expect(nodes.filter(({ id: node }) => node.startsWith('build'))).toHaveLength(2);
    const results = await Promise.all(
      nodes.filter(({ id: node }) => node.startsWith('test')).map(({ id: node }) => scalars(id, node)),
    );
    const cells = results.map(({ os, version, experimental }) => [os, version, experimental] as Json[]);
    expect(cells.map((cell) => cell.join(' ')).sort()).toEqual([
      'linux 12 false',
      'linux 14 false',
      'linux 16 true',
      'linux 17 false',
      'windows 12 false',
      'windows 14 false',
    ]);
  });

  test('a sample sheet of Snakemake: one changed sample is filtered and counted again, the others are not', async () => {
    const id = await run('snakemake-samples');
    const { samples, reads } = (await scalars(id, 'summary')) as { samples: number; reads: number };
    expect(samples).toBe(3);
    expect(reads).toBeGreaterThan(0);
    const again = await run('snakemake-samples', '--set', 'samples.b=fourth');
    const { nodes } = await house.client.runStatus(again);
    const worked = nodes.filter(({ state }) => state === 'done').map((node) => node.id);
    expect(worked).toEqual(['count[b]', 'summary']);
  });

  test('generate, judge, fine-tune, evaluate, as NeMo-Skills chains them', { timeout: 900_000 }, async () => {
    const id = await run('nemo-skills-chain');
    const correct = await house.records<{ class: string }>(id, 'correct', 'items');
    expect(correct.length).toBeGreaterThan(0);
    expect(new Set(correct.map((item) => item.class))).toEqual(new Set(['resolved']));
    const [score] = await house.records<{ rows: { rollouts: number }[]; instances: { total: number } }>(
      id,
      'score',
      'score',
    );
    expect(score?.rows[0]?.rollouts).toBe((score?.instances.total ?? 0) * 2);
  });
});
