import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeGateRecipe } from '../support/gate-recipe.js';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));

let folder: string;
let environment: NodeJS.ProcessEnv;
let recipe: string;

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

async function mortar(...words: string[]): Promise<Answer> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words], {
      env: environment,
      cwd: folder,
      timeout: 600_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Answer;
  }
}

function events({ stdout }: Answer): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-cli-'));
  environment = {
    ...process.env,
    MORTAR_HOME: join(folder, 'services'),
    MORTAR_TEMPORAL_PORT: '0',
    MORTAR_S3_PORT: '0',
    NO_COLOR: '1',
  };
  for (const name of ['TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MORTAR_BUCKET'])
    delete environment[name];
  recipe = writeGateRecipe(folder, 'gate');
  const up = await mortar('up');
  expect(up.code, up.stderr).toBe(0);
});

afterAll(async () => {
  await mortar('down');
  rmSync(folder, { recursive: true, force: true });
});

test('a recipe that cannot be run is a usage error that names the place', async () => {
  const wrong = join(folder, 'wrong.yaml');
  writeFileSync(wrong, 'mortar: 1\nname: wrong\nstages:\n  a: { uses: data/imprt }\n');
  const answer = await mortar('run', wrong);
  expect(answer.code).toBe(2);
  expect(answer.stdout).toBe('');
  expect(answer.stderr).toContain('wrong.yaml:4:');
  expect(answer.stderr).toContain('data/import');
  expect(answer.stderr).not.toContain('    at ');
});

test('a first run works, a second one takes everything from the cache and says so', async () => {
  const first = await mortar('run', recipe, '--json');
  expect(first.code, first.stderr).toBe(0);
  expect(events(first).at(-1)).toMatchObject({ event: 'run', state: 'succeeded' });
  expect(events(first)).toContainEqual(expect.objectContaining({ event: 'stage', stage: 'verdicts', state: 'done' }));

  const second = await mortar('run', recipe, '--json');
  expect(second.code).toBe(0);
  expect(second.stderr).toContain('1 of 1 stages came from the cache');
  expect(events(second)).toContainEqual(
    expect.objectContaining({ event: 'stage', stage: 'verdicts', state: 'cached' }),
  );

  const verified = await mortar('artifacts', 'verify', 'latest');
  expect(verified.code, verified.stdout).toBe(0);
  expect((await mortar('explain', 'latest', 'verdicts')).stdout).toContain('nothing in its key changed');
});

test('a stage on hold ends an attached run with 1; approve lets it pass', async () => {
  const held = await mortar('run', recipe, '--set', 'least=3', '--json');
  expect(held.code).toBe(1);
  const run = String(events(held).at(-1)?.['run']);
  expect(held.stderr).toContain(`let pass: mortar approve ${run} verdicts`);
  expect((await mortar('approve', run, 'verdict')).code).toBe(2);
  expect((await mortar('approve', run, 'verdicts')).code).toBe(0);
  const watched = await mortar('watch', run);
  expect(watched.code, watched.stderr).toBe(0);
  expect((await mortar('status', run)).stdout).toContain(`Run ${run} (gate) is succeeded`);
});

test('a held run goes on with another value, from the bytes that it began with', async () => {
  const own = join(folder, 'own.yaml');
  writeFileSync(own, readFileSync(recipe, 'utf8').replace('name: gate', 'name: own'));
  const held = await mortar('run', own, '--set', 'least=7', '--json');
  const run = String(events(held).at(-1)?.['run']);
  expect(held.code).toBe(1);
  // What is on the disk now is another recipe; the run has its own.
  writeFileSync(own, 'mortar: 1\nname: other\nstages: {}\n');
  const same = await mortar('retry', run, '--set', 'least=7');
  expect(same.code).toBe(2);
  expect(same.stderr).toContain('least=7 changes nothing');
  expect((await mortar('retry', run, '--set', 'lest=0')).stderr).toContain('least');
  const retried = await mortar('retry', run, '--set', 'least=0');
  expect(retried.code, retried.stderr).toBe(0);
  expect((await mortar('watch', run)).code).toBe(0);
});

test('--fresh works once more, and --targets plans what is asked for', async () => {
  const fresh = await mortar('run', recipe, '--fresh', 'verdicts', '--json');
  expect(fresh.code, fresh.stderr).toBe(0);
  expect(events(fresh)).toContainEqual(expect.objectContaining({ stage: 'verdicts', state: 'done' }));
  expect((await mortar('run', recipe, '--targets', 'verdict')).stderr).toContain('did you mean');
  expect((await mortar('run', recipe, '--targets', 'verdicts', '--json')).code).toBe(0);
});

test('--on-failure fail ends the run with 1', async () => {
  const failed = await mortar('run', recipe, '--set', 'least=4', '--on-failure', 'fail', '--json');
  expect(failed.code).toBe(1);
  expect(events(failed).at(-1)).toMatchObject({ event: 'run', state: 'failed' });
});

test('a run that nobody would work on is refused with 3; a cancelled one ends a watch with 4', async () => {
  // Without a worker the run cannot end before it is left.
  await mortar('down');
  await mortar('up', '--no-worker');
  const started = await mortar('run', recipe, '--set', 'least=5', '--no-up');
  expect(started.code).toBe(3);
  expect(started.stderr).toContain('No worker polls queue mortar');

  await mortar('up');
  const { stdout } = await mortar('run', recipe, '--set', 'least=6', '--detach');
  const run = stdout.trim();
  await mortar('watch', run);
  expect((await mortar('cancel', run)).code).toBe(0);
  expect((await mortar('watch', run)).code).toBe(4);
  expect((await mortar('cancel', run)).code).toBe(2);
});
