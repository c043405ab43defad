import { execFile, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineClient } from '../../engine/client/client.js';
import { collectGarbage } from '../../artifacts/collect-garbage.js';
import { TestServers } from './servers.js';

/** Activities that authors write, run by workers that have never seen their files. */
const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));
const examples = fileURLToPath(new URL('../../recipes/examples', import.meta.url));

let servers: TestServers;
let client: EngineClient;
let worker: ChildProcess;
let folder: string;

beforeAll(async () => {
  servers = await TestServers.start();
  folder = mkdtempSync(join(tmpdir(), 'mortar-own-'));
  client = await EngineClient.connect(servers.environment);
  worker = await servers.worker({ MORTAR_ACTIVITIES: '' });
}, 1_200_000);

afterAll(async () => {
  await client?.close();
  await servers?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

async function mortar(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words], {
      // The author's machine and the worker's have nothing in common but the services.
      env: { ...servers.environment, NO_COLOR: '1', MORTAR_CACHE: join(folder, 'cache-of-the-author') },
      cwd: folder,
      timeout: 600_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/** Runs a recipe to its end; gives the run's id and the state of each stage. */
async function run(file: string, ...words: string[]): Promise<{ id: string; states: Record<string, string> }> {
  const { code, stdout, stderr } = await mortar('run', file, '--no-up', '--json', '--on-failure', 'fail', ...words);
  expect(code, `${stderr}\n${stdout.slice(-2000)}`).toBe(0);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { run?: string }]));
  const id = events.find((event) => event.run !== undefined)?.run ?? '';
  return { id, states: await statesOf(id) };
}

async function statesOf(id: string): Promise<Record<string, string>> {
  const { nodes } = await client.runStatus(id);
  return Object.fromEntries(nodes.map((node) => [node.id, node.state]));
}

async function records<T>(id: string, stage: string, output: string): Promise<T[]> {
  const found: T[] = [];
  for await (const record of client.records<T>((await client.result(id, stage)).outputs[output]?.digest ?? ''))
    found.push(record);
  return found;
}

function write(name: string, text: string): void {
  mkdirSync(join(folder, 'activities'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function trace(): string[] {
  const path = servers.environment['TRACE'] ?? '';
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

const slow = (version: string): string => `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activity } from 'mortar/activity';

export default {
  name: 'test/slow',
  summary: 'Works on numbers, and says so.',
  map: true,
  outputs: { numbers: { kind: 'numbers' } },
  scalars: ['count'],
  params: { properties: { n: { type: 'integer', default: 6 }, delay: { type: 'integer', default: 0 } } },
  async items({ params }) {
    return Array.from({ length: Number(params['n']) }, (_, number) => ({ key: String(number), value: number }));
  },
  async *process(items, { params, signal }) {
    for (const { key, value } of items) {
      signal.throwIfAborted();
      await sleep(Number(params['delay']));
      appendFileSync(process.env['TRACE'] ?? '', \`${version} \${key}\\n\`);
      yield { key, ok: true, record: { number: value, by: '${version}' } };
    }
  },
  async assemble(results, { outputs }) {
    await outputs.write('numbers', results.flatMap((result) => (result.ok ? [result.record] : [])));
    return { count: results.length };
  },
} satisfies Activity;
`;
const sum = (what: string): string => `
export default {
  name: 'test/sum',
  summary: 'Adds numbers up.',
  inputs: { numbers: { kind: 'numbers' } },
  outputs: { sum: { kind: 'sums' } },
  scalars: ['sum'],
  async run({ inputs, outputs }) {
    let sum = 0;
    for await (const { number } of inputs.records('numbers')) sum += number;
    await outputs.write('sum', [{ ${what} }]);
    return { sum };
  },
};
`;
const chain = (delay: number): string => `
mortar: 1
name: chain
params: { least: { type: integer, default: 0 } }
defaults: { retry: { attempts: 1 } }
stages:
  slow: { uses: ./activities/slow.ts, with: { delay: ${delay} } }
  sum: { uses: ./activities/sum.mjs, inputs: { numbers: slow.numbers }, expect: outputs.sum >= params.least }
  last: { uses: ./activities/sum.mjs, inputs: { numbers: slow.numbers }, needs: [sum], if: 'false' }
`;

describe('activities of one’s own', () => {
  test('the example runs from end to end, and again from the cache', { timeout: 300_000 }, async () => {
    cpSync(examples, join(folder, 'examples'), { recursive: true });
    const file = 'examples/own-activities.yaml';
    const plan = await mortar('plan', file);
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout).toMatch(/^rate +posts\/rate \(examples\/activities\/rate-posts\.ts\) +to run/m);
    const first = await run(file);
    expect(Object.values(first.states)).toEqual(['done', 'done', 'done', 'done']);
    const ratings = await records<{ id: string; words: number }>(first.id, 'rate', 'ratings');
    expect(ratings).toHaveLength(240);
    expect(ratings[0]).toMatchObject({ id: 'post-000', words: 11 });
    expect(await records(first.id, 'hardest', 'posts')).toHaveLength(3);
    const second = await run(file);
    expect(new Set(Object.values(second.states))).toEqual(new Set(['cached']));
  });

  test(
    'an edit of a module runs its stage and what follows; a comment runs nothing',
    { timeout: 300_000 },
    async () => {
      const module = join(folder, 'examples/activities/summaries.ts');
      const text = readFileSync(module, 'utf8');
      writeFileSync(module, `// A note.\n${text}`);
      const commented = await run('examples/own-activities.yaml');
      expect(new Set(Object.values(commented.states))).toEqual(new Set(['cached']));
      writeFileSync(module, text.replace('right.letters - left.letters', 'left.letters - right.letters'));
      const plan = await mortar('plan', 'examples/own-activities.yaml');
      expect(plan.stdout).toMatch(/^hardest .* to run .*its code changed/m);
      const edited = await run('examples/own-activities.yaml');
      // Both activities of the module have its code; the table follows.
      expect(edited.states).toEqual({ rate: 'cached', hardest: 'done', mean: 'done', table: 'done' });
      const explained = await mortar('explain', edited.id, 'table');
      expect(explained.stdout).toContain('hardest: code:');
    },
  );

  test(
    'a killed worker’s stage goes on elsewhere, although the author’s files are gone',
    { timeout: 300_000 },
    async () => {
      write('activities/slow.ts', slow('first'));
      write('activities/sum.mjs', sum('sum'));
      write('chain.yaml', chain(700));
      const before = trace().length;
      const started = await mortar('run', 'chain.yaml', '--no-up', '--detach');
      expect(started.code, started.stderr).toBe(0);
      const id = started.stdout.trim();
      await servers.until(async () => trace().length >= before + 2, 'the first items');
      rmSync(join(folder, 'activities'), { recursive: true });
      await servers.kill(worker, 'SIGKILL');
      worker = await servers.worker({ MORTAR_ACTIVITIES: '', MORTAR_CACHE: join(servers.folder, 'another-machine') });
      await servers.until(async () => (await client.runStatus(id)).state === 'succeeded', 'the run to end', 120_000);
      const numbers = await records<{ number: number; by: string }>(id, 'slow', 'numbers');
      expect(numbers).toEqual([0, 1, 2, 3, 4, 5].map((number) => ({ number, by: 'first' })));
      // Items that were stored are not worked on again: at most those of the last seconds were lost.
      expect(new Set(trace().slice(before)).size).toBe(6);
    },
  );

  test(
    'a run that is tried again has the code that it was planned with, with other values too',
    { timeout: 300_000 },
    async () => {
      write('activities/slow.ts', slow('old'));
      write('activities/sum.mjs', sum('sum'));
      write('chain.yaml', chain(0));
      const held = await mortar('run', 'chain.yaml', '--no-up', '--json', '--set', 'least=1000');
      expect(held.code).toBe(1);
      const id = String((JSON.parse(held.stdout.trim().split('\n').at(-1) ?? '{}') as { run?: string }).run);
      write('activities/slow.ts', slow('new'));
      write('activities/sum.mjs', 'this is no module');
      const garbage = await collectGarbage(client.store.objects, { grace: 0, dryRun: false });
      expect(garbage.deleted.objects).toBe(0);
      await collectGarbage(client.store.objects, { grace: 0, dryRun: false });
      expect((await mortar('retry', id)).code).toBe(0);
      await servers.until(async () => (await client.runStatus(id)).state === 'held', 'the run to hold again');
      const retried = await mortar('retry', id, '--set', 'least=1');
      expect(retried.code, retried.stderr).toBe(0);
      await servers.until(async () => (await client.runStatus(id)).state === 'succeeded', 'the run to end');
      expect((await records<{ by: string }>(id, 'slow', 'numbers'))[0]?.by).toBe('old');
      expect(await records(id, 'sum', 'sum')).toEqual([{ sum: 15 }]);
      expect(trace().filter((line) => line.startsWith('new'))).toEqual([]);
      // A new run of the recipe has the new code; one with a module that is none is refused, with its place.
      const refused = await mortar('run', 'chain.yaml', '--no-up');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('activities/sum.mjs:1:6');
      write('activities/sum.mjs', sum('sum'));
      const again = await run('chain.yaml');
      expect(again.states).toMatchObject({ slow: 'done', sum: 'done' });
      expect((await records<{ by: string }>(again.id, 'slow', 'numbers'))[0]?.by).toBe('new');
    },
  );

  test('what init writes runs as it is, and a second time from the cache', { timeout: 300_000 }, async () => {
    const written = await mortar('init', 'reviews');
    expect(written.code, written.stderr).toBe(0);
    const checked = await mortar('check', 'reviews/recipe.yaml');
    expect({ code: checked.code, stdout: checked.stdout }).toEqual({ code: 0, stdout: '' });
    const { id, states } = await run('reviews/recipe.yaml');
    expect(states).toEqual({ good: 'done', words: 'done', page: 'done' });
    expect(await records(id, 'words', 'words')).toContainEqual({ word: 'quiet', count: 3 });
    const page = await mortar('artifacts', 'pull', id, 'page.page', '--out', 'page');
    expect(page.code, page.stderr).toBe(0);
    expect(readFileSync(join(folder, 'page', 'words.md'), 'utf8')).toContain('| quiet | 3 |');
    expect(new Set(Object.values((await run('reviews/recipe.yaml')).states))).toEqual(new Set(['cached']));
    const refused = await mortar('init', 'reviews');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('reviews/recipe.yaml');
  });

  test('completion offers the runs of the store, their stages and outputs', { timeout: 120_000 }, async () => {
    const offered = async (...words: string[]): Promise<string[]> =>
      (await mortar('complete', 'fish', '--', 'mortar', ...words)).stdout
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '');
    const [latest = ''] = await client.store.runs.ids();
    expect((await offered('status', '')).slice(0, 2)).toEqual(['latest', latest]);
    expect(await offered('status', latest.slice(0, 12))).toContain(latest);
    const stages = Object.keys(await statesOf(latest));
    expect((await offered('explain', latest, '')).filter(Boolean)).toEqual(stages);
    expect(await offered('artifacts', 'cat', 'latest', `${stages[0] ?? ''}.`)).not.toEqual(['']);
  });

  test('an error of the module is the stage’s, with the place in its code', { timeout: 300_000 }, async () => {
    write(
      'activities/sum.mjs',
      sum('sum').replace('let sum = 0;', "let sum = 0; throw new RangeError('no sums today');"),
    );
    write('chain.yaml', chain(0));
    const failed = await mortar('run', 'chain.yaml', '--no-up', '--on-failure', 'fail');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('no sums today');
    const logs = await mortar('logs', 'latest', 'sum', '--level', 'error');
    expect(logs.stdout).toMatch(/activity-code\/[0-9a-f]{64}\.mjs:\d+/);
  });
});
