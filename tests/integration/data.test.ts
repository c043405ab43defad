import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activity, ActivityContext, ItemResult, Scalars } from '../../activities/activity.js';
import collect from '../../activities/data/collect.js';
import importRecords from '../../activities/data/import.js';
import injectBugs from '../../activities/data/inject-bugs.js';
import split from '../../activities/data/split.js';
import writeIssues from '../../activities/data/write-issues.js';
import type { JsonObject } from '../../recipe/json.js';
import type { ModelInput } from '../../models/model.js';
import type { Checkout, Environment, Instance } from '../../schemas/records.js';
import { createTrainer } from '../../trainer/index.js';
import { recordingContext } from '../support/activity-context.js';

// The package index is a server here, the git repository a folder; fetching, packing and injecting are the real programs.
const folder = mkdtempSync(join(tmpdir(), 'mortar-data-'));
const source = [
  '"""Ranges."""',
  '',
  '',
  'def clamp(value, low, high):',
  '    """Value, kept between low and high."""',
  '    if value < low:',
  '        return low',
  '    return min(value, high)',
  '',
  '',
  'def untested(value):',
  '    return value + 1',
  '',
].join('\n');
const files: Record<string, string> = {
  'ranges/__init__.py': source,
  'ranges/tests/test_ranges.py': 'from ranges import clamp\n\n\ndef test_clamp():\n    assert clamp(5, 1, 3) == 3\n',
};

let server: Server;
let archive: Buffer;
let commit = '';
let requests = 0;
const python = process.env.MORTAR_TRAINER_PYTHON ?? process.env.MORTAR_PYTHON ?? 'python3';
const trainer = createTrainer({ python });

function tree(top: string): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(top, name, '..'), { recursive: true });
    writeFileSync(join(top, name), text);
  }
  return top;
}

beforeAll(async () => {
  const top = tree(join(folder, 'ranges-1.0'));
  archive = execFileSync('tar', ['-cz', '-C', folder, 'ranges-1.0'], { maxBuffer: 1 << 24 });
  const git = (...command: string[]): string =>
    execFileSync(
      'git',
      ['-C', top, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'commit.gpgsign=false', ...command],
      { encoding: 'utf8' },
    ).trim();
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  commit = git('rev-parse', 'HEAD');
  server = createServer((request, response) => {
    requests += 1;
    if (request.url === '/simple/ranges/') {
      const body = {
        files: [
          { filename: 'ranges-1.0.tar.gz', url: '/files/ranges-1.0.tar.gz', hashes: { sha256: sha256(archive) } },
        ],
      };
      response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(body));
    } else if (request.url === '/files/ranges-1.0.tar.gz') response.writeHead(200).end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.PIP_INDEX_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  process.env.no_proxy = '127.0.0.1';
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Given {
  readonly params?: JsonObject;
  readonly records?: Readonly<Record<string, readonly unknown[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly model?: ModelInput;
}

let stage = 0;

function makeContext(given: Given): { context: ActivityContext; written: Record<string, unknown[]> } {
  const directories: Record<string, string> = {};
  for (const [name, text] of Object.entries(given.files ?? {})) {
    const directory = (directories[name] = join(folder, `input-${(stage += 1)}`));
    mkdirSync(directory);
    writeFileSync(join(directory, 'list.jsonl'), text);
  }
  const { context, written } = recordingContext({
    folder,
    cache: join(folder, 'cache'),
    sandbox: undefined as unknown as ActivityContext['sandbox'],
    params: given.params ?? {},
    inputs: given.records ?? {},
  });
  const inputs: ActivityContext['inputs'] = {
    ...context.inputs,
    has: (name) => context.inputs.has(name) || name in directories || (name === 'model' && given.model !== undefined),
    directory: (name) => Promise.resolve(directories[name] ?? ''),
    model: () => given.model ?? { kind: 'scripted', name: 'none' },
  };
  return { context: { ...context, inputs, trainer }, written };
}

async function execute(
  activity: Activity,
  given: Given,
): Promise<{ scalars: Scalars; written: Record<string, unknown[]> }> {
  const { context, written } = makeContext(given);
  if (activity.map === 'streamed') throw new Error(`${activity.name} has more items than this test holds`);
  if (!activity.map) return { scalars: await activity.run(context), written };
  const items = await activity.items(context);
  const results = new Map<string, ItemResult>();
  for await (const result of activity.process(items, context))
    results.set(result.key, JSON.parse(JSON.stringify(result)) as ItemResult);
  const scalars = await activity.assemble(
    items.map(({ key }) => results.get(key) as ItemResult),
    context,
  );
  return { scalars, written };
}

const common = { licence: 'MIT', packages: ['ranges'], tests: ['ranges/tests'], root: '.' };
const line = (given: JsonObject): string => JSON.stringify({ ...common, repo: 'ranges', version: '1.0', ...given });

let checkout: Checkout;

describe('data/collect', () => {
  test('fetches a source distribution and a commit; the same tree is the same blob', async () => {
    const list = [
      line({ sha256: sha256(archive), role: 'train' }),
      line({ repo: 'owner/ranges', url: pathToFileURL(join(folder, 'ranges-1.0')).href, commit, role: 'test' }),
    ].join('\n');
    const { scalars, written } = await execute(collect, { files: { list } });
    expect(scalars).toMatchObject({ repositories: 2, checkouts: 2, rejected: 0, roles: { train: 1, test: 1 } });
    const [first, second] = written['checkouts'] as Checkout[];
    expect(first).toMatchObject({ repo: 'ranges', commit: sha256(archive), role: 'train', packages: ['ranges'] });
    expect(first).not.toHaveProperty('sha256');
    expect(second).toMatchObject({ repo: 'owner/ranges', commit });
    expect(second?.archive).toEqual(first?.archive);
    checkout = first as Checkout;

    const before = requests;
    await execute(collect, { files: { list } });
    expect(requests).toBe(before);
  });

  test('leaves out what is not allowed or not there, each with its reason', async () => {
    const list = [
      line({ repo: 'copyleft', sha256: '1'.repeat(64), licence: 'GPL-3.0-only' }),
      line({ sha256: '2'.repeat(64) }),
      line({ version: '2.0', sha256: '3'.repeat(64) }),
      line({ sha256: sha256(archive), tests: ['elsewhere'] }),
      line({ repo: 'o/r', url: pathToFileURL(join(folder, 'ranges-1.0')).href, commit: '4'.repeat(40) }),
    ].join('\n');
    const { scalars, written } = await execute(collect, { files: { list } });
    expect(scalars['reasons']).toEqual({
      licence: 1,
      hash_mismatch: 1,
      missing_file: 1,
      missing_path: 1,
      missing_commit: 1,
    });
    expect(written['checkouts']).toEqual([]);
    expect(written['rejections']).toContainEqual({
      reason: 'missing_path',
      count: 1,
      messages: ['ranges 1.0 has no elsewhere'],
    });
  });

  test('names the line that is wrong', async () => {
    await expect(execute(collect, { files: { list: `${line({ sha256: sha256(archive) })}\n{oops` } })).rejects.toThrow(
      /list\.jsonl, line 2: not JSON/,
    );
  });

  test("an index that does not answer is not the list's fault", async () => {
    const url = process.env.PIP_INDEX_URL;
    process.env.PIP_INDEX_URL = 'http://127.0.0.1:9/simple';
    try {
      await expect(execute(collect, { files: { list: line({ sha256: '5'.repeat(64) }) } })).rejects.toMatchObject({
        name: 'InfrastructureError',
      });
    } finally {
      process.env.PIP_INDEX_URL = url;
    }
  });
});

let instances: Instance[] = [];

async function environmentOf(given: Partial<Environment> = {}): Promise<Environment> {
  const { context } = makeContext({});
  const coverage = await context.blobs.put(
    JSON.stringify({
      'ranges/__init__.py::clamp': ['ranges/tests/test_ranges.py::test_clamp'],
      'ranges/__init__.py::untested': ['ranges/tests/test_ranges.py::test_flaky'],
      'ranges/tests/test_ranges.py::test_clamp': ['ranges/tests/test_ranges.py::test_clamp'],
    }),
  );
  return {
    environment_id: 'e',
    repo: 'ranges',
    version: '1.0',
    python: '3',
    lock: [],
    checkout,
    tests: 1,
    stable: ['ranges/tests/test_ranges.py::test_clamp'],
    flaky: [],
    failing: [],
    coverage,
    seconds: 0,
    ...given,
  };
}

describe('data/inject-bugs', () => {
  test('makes drafts in what stable tests reach, and their patches apply and undo each other', async () => {
    const { scalars, written } = await execute(injectBugs, {
      records: { environments: [await environmentOf()] },
      params: { each: 50 },
    });
    instances = written['instances'] as Instance[];
    expect(instances.length).toBeGreaterThan(8);
    expect(scalars['by_repository']).toEqual({ ranges: instances.length });
    expect(new Set(instances.map(({ instance_id }) => instance_id)).size).toBe(instances.length);
    const work = tree(join(folder, 'work'));
    for (const { focus, status, patch, bug_patch, instance_id, bug } of instances) {
      expect(focus).toMatchObject({ file: 'ranges/__init__.py', symbol: 'clamp', start: 4, end: 8 });
      expect(status).toBe('draft');
      expect(instance_id).toMatch(new RegExp(`^ranges__1\\.0\\.${bug?.kind ?? ''}__[0-9a-f]{8}$`));
      execFileSync('git', ['apply', '-'], { cwd: work, input: bug_patch });
      execFileSync('git', ['apply', '-'], { cwd: work, input: patch });
    }
    expect(execFileSync('cat', ['ranges/__init__.py'], { cwd: work, encoding: 'utf8' })).toBe(source);
  });

  test('keeps to its caps and makes the same again', async () => {
    const given: Given = { records: { environments: [await environmentOf()] }, params: { each: 5, per_repository: 3 } };
    const first = await execute(injectBugs, given);
    expect(first.written['instances']).toHaveLength(3);
    expect((await execute(injectBugs, given)).written).toEqual(first.written);
  });

  test('leaves the corpus and the trees of fixes alone, and says what has no coverage', async () => {
    const corpus = await environmentOf({ checkout: { ...checkout, role: 'corpus' } });
    const bare = await environmentOf({ repo: 'bare', coverage: undefined });
    const earlier = await environmentOf({ version: '0.9', checkout: { ...checkout, earlier: true } });
    const { scalars } = await execute(injectBugs, { records: { environments: [corpus, bare, earlier] } });
    expect(scalars).toMatchObject({ instances: 0, without_bugs: ['bare@1.0'] });
  });

  test('does not rewrite without a model that can', async () => {
    const given: Given = { records: { environments: [await environmentOf()] }, params: { kinds: ['ast', 'rewrite'] } };
    await expect(execute(injectBugs, given)).rejects.toThrow(/no model is given/);
    await expect(execute(injectBugs, { ...given, model: { kind: 'scripted', name: 'teacher' } })).rejects.toThrow(
      /'teacher' is a scripted model/,
    );
  });
});

describe('from drafts to splits', () => {
  test('statements are written where they are wanted, and splits keep the denominator', async () => {
    const annotated = instances.map((one, index): Instance => ({
      ...one,
      status: index % 2 === 0 ? 'valid' : 'invalid',
      symptom: 'AssertionError: assert 5 == 3',
    }));
    const issues = await execute(writeIssues, { records: { instances: annotated } });
    const told = issues.written['instances'] as Instance[];
    expect(told.map(({ problem_statement }) => problem_statement !== '')).toEqual(
      annotated.map(({ status }) => status === 'valid'),
    );
    expect(issues.scalars).toMatchObject({ instances: told.length, written: Math.ceil(told.length / 2), by_model: 0 });

    const test = await execute(split, { records: { instances: told }, params: { test: ['ranges'] } });
    expect(test.written['test']).toHaveLength(told.length);
    expect(test.scalars).toMatchObject({
      train: 0,
      dropped: 0,
      invalid_in_test: { invalid: Math.floor(told.length / 2) },
    });
    const train = await execute(split, { records: { instances: told } });
    expect(train.scalars).toMatchObject({ train: Math.ceil(told.length / 2), test: 0 });
  });

  test('a held-out list that no instance meets is an error', async () => {
    await expect(execute(split, { records: { instances }, params: { test: ['nowhere'] } })).rejects.toThrow(
      /none of the held-out repositories \(nowhere\)/,
    );
  });
});

describe('data/import', () => {
  test('takes what fits the schema', async () => {
    const file = instances.map((one) => JSON.stringify(one)).join('\n');
    const { scalars, written } = await execute(importRecords, {
      files: { file },
      params: { kind: 'instances', source: 'benchmark' },
    });
    expect(scalars).toMatchObject({ records: instances.length, digest: expect.stringMatching(/^sha256:/) });
    expect((written['instances'] as Instance[]).every((one) => one.source === 'benchmark')).toBe(true);
    expect(written['checkouts']).toEqual([]);
  });

  test('says line and field of what does not', async () => {
    const [good, bad] = [JSON.stringify(instances[0]), JSON.stringify({ ...instances[1], status: 'fine' })];
    await expect(
      execute(importRecords, { files: { file: `${good}\n\n${bad}` }, params: { kind: 'instances' } }),
    ).rejects.toThrow(
      /list\.jsonl, line 3: not a record of instances: status must be equal to one of the allowed values/,
    );
  });
});
