import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityContext, ItemResult } from '../../activities/activity.js';
import rollout from '../../activities/agent/rollout.js';
import type { ModelClient, ModelInput } from '../../models/model.js';
import type { JsonObject } from '../../recipe/json.js';
import { bubblewrap } from '../../sandbox/bubblewrap.js';
import { bubblewrapProgram } from '../../sandbox/index.js';
import { resolveRequirements } from '../../sandbox/python-environment.js';
import { closeRepositories } from '../../sandbox/repositories.js';
import { cacheFolder } from '../../sandbox/root.js';
import type { Environment, Instance, Trajectory } from '../../schemas/records.js';

const CODE =
  'def clamp(x, low, high):\n    """Keeps x within bounds."""\n    if x < low:\n        return low\n    if x > high:\n        return high\n    return x\n';
const TESTS =
  'from shape import clamp\n\ndef test_inside():\n    assert clamp(2, 1, 3) == 2\n\ndef test_below():\n    assert clamp(0, 1, 3) == 1\n';
const HIDDEN = 'from shape import clamp\n\ndef test_above():\n    assert clamp(4, 1, 3) == 3\n';

let folder: string;
let environment: Environment;
let instance: Instance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-rollout-'));
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'tests'), { recursive: true });
  await writeFile(join(tree, 'shape.py'), CODE);
  await writeFile(join(tree, 'tests', 'test_shape.py'), TESTS);
  await writeFile(join(tree, 'tests', 'test_hidden.py'), HIDDEN);
  await promisify(execFile)('tar', ['--create', '--file', join(folder, 'tree.tar'), '--directory', tree, '.']);
  const bytes = await readFile(join(folder, 'tree.tar'));
  const archive = {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: (await stat(join(folder, 'tree.tar'))).size,
  };
  const lock = await resolveRequirements(['pytest']);
  environment = {
    environment_id: `rollout-${archive.digest.slice(7, 19)}`,
    repo: 'shape',
    version: '1',
    python: '',
    lock,
    checkout: {
      repo: 'shape',
      version: '1',
      commit: 'c',
      licence: 'MIT',
      archive,
      root: '.',
      packages: ['shape.py'],
      tests: ['tests'],
      requirements: lock,
    },
    tests: 3,
    stable: [],
    flaky: [],
    failing: [],
    seconds: 0,
  };
  const hunk = (from: string, to: string) => `--- a/shape.py\n+++ b/shape.py\n@@ -5,1 +5,1 @@\n-${from}\n+${to}\n`;
  instance = {
    instance_id: 'shape__clamp-1',
    repo: 'shape',
    version: '1',
    base_commit: 'c',
    source: 'synthetic',
    environment_id: environment.environment_id,
    problem_statement: 'clamp(4, 1, 3) returns 4.',
    patch: hunk('    if x < high:', '    if x > high:'),
    bug_patch: hunk('    if x > high:', '    if x < high:'),
    test_patch: '',
    focus: { file: 'shape.py', symbol: 'clamp', start: 1, end: 7 },
    bug: { kind: 'compare', line: 5, bad: ' <', good: ' >' },
    status: 'valid',
    FAIL_TO_PASS: ['tests/test_hidden.py::test_above'],
    PASS_TO_PASS: ['tests/test_shape.py::test_below'],
  };
}, 300_000);

afterAll(async () => {
  await closeRepositories();
  await rm(folder, { recursive: true, force: true });
});

async function roll(params: JsonObject, model: ModelInput, client?: ModelClient): Promise<Trajectory[]> {
  const records: Record<string, unknown[]> = { instances: [instance], environments: [environment] };
  async function* each<T>(name: string): AsyncGenerator<T> {
    for (const record of records[name] ?? []) yield record as T;
  }
  const context = {
    params,
    inputs: { all: (name: string) => Promise.resolve(records[name] ?? []), records: each, model: () => model },
    blobs: { file: () => Promise.resolve(join(folder, 'tree.tar')) },
    sandbox: bubblewrap(bubblewrapProgram() ?? 'bwrap'),
    models: { open: () => (client === undefined ? Promise.reject(new Error('no client')) : Promise.resolve(client)) },
    directory: join(folder, 'stage'),
    cache: cacheFolder(),
    concurrency: 8,
    seed: (...parts: (string | number)[]) =>
      createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32BE(0) >>> 1,
    progress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
  } as unknown as ActivityContext;
  if (rollout.map !== true) throw new Error('agent/rollout is a map');
  const results: ItemResult[] = [];
  for await (const result of rollout.process(await rollout.items(context), context)) results.push(result);
  return results.map((result) => {
    if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
    return result.record as unknown as Trajectory;
  });
}

test('the scripted teacher mends a real repository, errs at its rates, and says the same again', async () => {
  const params = { samples: 24, max_turns: 8, budgets: [2, 8], seed: 3 };
  const trajectories = await roll(params, { kind: 'scripted', name: 'explore-then-edit' });
  expect(trajectories).toHaveLength(24);
  const right = trajectories.filter(({ patch }) => patch.includes('+    if x > high:'));
  expect(right.length).toBeGreaterThan(12);
  const observations = new Set(
    trajectories.flatMap(({ messages }) =>
      messages.filter(({ role }) => role === 'user').map(({ content }) => content),
    ),
  );
  expect(observations).toContain('ok');
  expect(observations).toContain('error: no match');
  expect(observations).toContain(
    '1|def clamp(x, low, high):\n2|    if x < low:\n3|        return low\n4|    if x < high:\n5|        return high\n6|    return x',
  );
  expect([...observations].some((text) => /^\d+ failed, \d+ passed$/.test(text) || text === '1 passed')).toBe(true);
  expect(right[0]?.model).toBe('scripted:explore-then-edit');
  const again = await roll(params, { kind: 'scripted', name: 'explore-then-edit' });
  const bySample = (all: Trajectory[]) => [...all].sort((a, b) => a.sample - b.sample);
  expect(bySample(again)).toEqual(bySample(trajectories));
});

test('the text protocol: shell, editor, hidden tests and a killed command', async () => {
  const call = (tool: string, args: Record<string, string>) =>
    `<function=${tool}>\n${Object.entries(args)
      .map(([name, value]) => `<parameter=${name}>${value}</parameter>\n`)
      .join('')}`;
  const replies = [
    call('execute_bash', { command: 'ls tests; git log --oneline | wc -l' }),
    call('execute_bash', { command: 'python -c "from shape import clamp; assert clamp(4, 1, 3) == 3"' }),
    call('execute_bash', { command: 'nonesuch' }),
    call('execute_bash', { command: 'sleep 30', timeout: '1' }),
    call('str_replace_editor', { command: 'view', path: '/workspace/shape.py', view_range: '[5, 6]' }),
    call('str_replace_editor', {
      command: 'str_replace',
      path: '/workspace/shape.py',
      old_str: 'if x',
      new_str: 'if y',
    }),
    call('str_replace_editor', {
      command: 'str_replace',
      path: '/workspace/shape.py',
      old_str: 'x < high',
      new_str: 'x > high',
    }),
    call('execute_bash', { command: 'python -m pytest -q -p no:cacheprovider tests 2>&1 | tail -1' }),
    call('finish', { message: 'done' }),
  ];
  const client: ModelClient = {
    chat: (request) => {
      const content = replies[request.messages.filter(({ role }) => role === 'assistant').length] ?? '';
      return Promise.resolve({
        content,
        finish: 'stop',
        promptTokens: 10,
        completionTokens: 5,
        logprobs: [{ token: 'x', logprob: -1 }],
      });
    },
    close: () => Promise.resolve(),
  };
  const agent = { tools: ['bash', 'editor', 'think', 'finish'], protocol: 'text', context: 10_000, reply: 1000 };
  const [trajectory] = await roll(
    { agent, max_turns: 20 },
    { kind: 'endpoint', model: 'm', url: 'http://localhost' },
    client,
  );
  expect(trajectory).toMatchObject({ exit: 'finish', turns: 9, valid_call: true, tokens: 45, logprob: -9 });
  expect(trajectory?.patch).toContain('+    if x > high:');
  expect(trajectory?.patch.match(/^\+\+\+ /gm)).toHaveLength(1);
  const answers = trajectory?.messages.filter(({ role, tool }) => role === 'user' && tool !== undefined) ?? [];
  expect(answers.map(({ error }) => error ?? null)).toEqual([
    null,
    'traceback',
    'invocation',
    'nonzero',
    null,
    'invocation',
    null,
    null,
  ]);
  expect(answers[0]?.content).toBe('test_shape.py\n1\n[exit code 0]');
  expect(answers[4]?.content).toBe('     5\t    if x < high:\n     6\t        return high');
  expect(answers[5]?.content).toBe('ERROR: old_str stands 2 times in /workspace/shape.py; it must stand there once.');
  expect(answers[7]?.content).toContain('2 passed');
});
