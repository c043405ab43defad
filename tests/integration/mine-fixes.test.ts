import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Activity, ActivityContext, JsonObject } from '../../activities/activity.js';
import buildEnvironments from '../../activities/data/build-environments.js';
import collect from '../../activities/data/collect.js';
import mineFixes from '../../activities/data/mine-fixes.js';
import { leaksGold } from '../../activities/data/statement.js';
import writeIssues from '../../activities/data/write-issues.js';
import grade from '../../activities/validate/grade.js';
import runTests from '../../activities/validate/run-tests.js';
import sealHistory from '../../activities/validate/seal-history.js';
import { createSandbox } from '../../sandbox/index.js';
import { closeRepositories } from '../../sandbox/repositories.js';
import { cacheFolder } from '../../sandbox/root.js';
import type { SandboxPort } from '../../sandbox/sandbox.js';
import type { Checkout, Environment, Instance, Verdict } from '../../schemas/records.js';
import { createTrainer } from '../../trainer/index.js';
import { recordingContext } from '../support/activity-context.js';
import { rangesRepository } from '../support/ranges-repository.js';
import { runMapActivity, type MapRun } from '../support/run-activity.js';

// Real git, real packages of the index, real sandboxes; only GitHub is a server of this test.
const python = process.env.MORTAR_TRAINER_PYTHON ?? process.env.MORTAR_PYTHON ?? 'python3';
const trainer = createTrainer({ python });

let folder: string;
let sandbox: SandboxPort;
let commits: string[];
let pinned: Checkout;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-fixes-'));
  sandbox = await createSandbox();
  commits = rangesRepository(join(folder, 'owner', 'ranges'));
  pinned = {
    repo: 'owner/ranges',
    version: commits.at(-1)?.slice(0, 12) ?? '',
    commit: commits.at(-1) ?? '',
    licence: 'MIT',
    // What the pinned tree holds is not read: its history is.
    archive: { digest: `sha256:${'0'.repeat(64)}`, size: 0 },
    root: '.',
    packages: ['ranges'],
    tests: ['tests'],
    requirements: [],
    role: 'train',
  };
});

afterAll(async () => {
  await closeRepositories();
  await rm(folder, { recursive: true, force: true });
});

let stage = 0;

function run(
  activity: Activity,
  inputs: Record<string, readonly unknown[]>,
  params: JsonObject = {},
  environment: ActivityContext['environment'] = () => undefined,
): Promise<MapRun> {
  const directory = join(folder, `stage-${(stage += 1)}`);
  // Histories and archives of this test stay its own; interpreters and packages are the machine's.
  const cache = activity === mineFixes ? join(folder, 'cache') : cacheFolder();
  return runMapActivity(activity, { folder, cache, sandbox, inputs, params }, { trainer, environment, directory });
}

const remote = (): string => `${pathToFileURL(folder).href}/{repo}`;

/** From drafts to tested instances, as the recipe has it. */
async function validated(
  mined: MapRun,
  given: readonly Checkout[] = [],
): Promise<{ instances: Instance[]; environments: Environment[] }> {
  const checkouts = [...given, ...((mined.written['checkouts'] ?? []) as Checkout[])];
  const built = await run(buildEnvironments, { checkouts }, { repeats: 2 });
  const environments = built.written['environments'] as Environment[];
  const sealed = await run(sealHistory, { instances: mined.written['instances'] ?? [], environments });
  // Their history is cut before the issue: the tree is one fresh commit.
  const policies = (sealed.written['audit'] ?? []).map((audit) => (audit as { policy: string }).policy);
  expect(new Set(policies)).toEqual(new Set(['before-issue']));
  const tested = await run(runTests, { instances: sealed.written['instances'] ?? [], environments });
  return { instances: tested.written['instances'] as Instance[], environments };
}

describe('commits', () => {
  test('changes of source and tests become drafts on the tree before them, the rest is counted by reason', async () => {
    const mined = await run(mineFixes, { checkouts: [pinned] }, { from: 'commits', remote: remote() });
    expect(mined.scalars).toMatchObject({
      repositories: 1,
      instances: 2,
      checkouts: 2,
      with_statement: 2,
      reasons: { 'not-source-and-tests': 2 },
      failed: [],
    });
    expect(mined.written['checkouts']).toMatchObject([{ earlier: true }, { earlier: true }]);
    const [merge, plain] = mined.written['instances'] as Instance[];
    expect(merge).toMatchObject({
      repo: 'owner/ranges',
      base_commit: commits[3],
      version: commits[3]?.slice(0, 12),
      source: 'real',
      status: 'draft',
      problem_statement: 'span() of no values fails\n\nspan([]) raises ValueError: it has no largest value.',
      focus: { file: 'ranges/__init__.py', symbol: 'span' },
      origin: { from: 'commits', base: commits[3], fix: commits[4] },
    });
    expect(merge?.patch).not.toContain('CHANGES.md');
    expect(merge?.test_patch).toContain('+++ b/tests/test_empty.py');
    // The line that was the fix is not told, and neither is who signed it off.
    expect(plain?.problem_statement).toBe(
      'clamp() ignores the upper bound\n\nclamp(5, 1, 3) gives 5 where 3 is expected.',
    );
    expect(plain).toMatchObject({ focus: { symbol: 'clamp' }, created_at: '2024-03-03T12:00:00.000Z' });

    const again = await run(mineFixes, { checkouts: [pinned] }, { from: 'commits', remote: remote() });
    expect(again.written).toEqual(mined.written);
  });

  test('limits and days bound what is taken', async () => {
    const mine = (params: JsonObject): Promise<MapRun> =>
      run(mineFixes, { checkouts: [pinned] }, { from: 'commits', remote: remote(), ...params });
    const fixes = async (params: JsonObject): Promise<unknown[]> =>
      ((await mine(params)).written['instances'] as Instance[]).map(({ origin }) => commits.indexOf(origin?.fix ?? ''));
    expect(await fixes({ limits: { per_repository: 1 } })).toEqual([4]);
    onTestFinished(() => void vi.unstubAllEnvs());
    // Days are whole days, at whichever time of day git is asked.
    for (const now of ['00:00:01', '23:59:59']) {
      vi.stubEnv('GIT_TEST_DATE_NOW', String(Date.parse(`2024-06-01T${now}Z`) / 1000));
      expect(await fixes({ until: '2024-03-04' }), now).toEqual([2]);
      expect(await fixes({ until: '2024-03-05' }), now).toEqual([2]);
      expect(await fixes({ since: '2024-03-05' }), now).toEqual([4]);
    }
    expect((await mine({ limits: { lines: 2 } })).scalars['reasons']).toEqual({
      'not-source-and-tests': 2,
    });
    expect((await mine({ limits: { lines: 1 } })).scalars['reasons']).toEqual({
      'not-source-and-tests': 2,
      'too-large': 2,
    });
  });

  test('each is valid where its tests failed before and pass after; gold resolves it, an empty change does not', async () => {
    const mined = await run(mineFixes, { checkouts: [pinned] }, { from: 'commits', remote: remote() });
    const { instances, environments } = await validated(mined);
    expect(environments).toHaveLength(2);
    expect(instances.map((one) => [one.status, one.reason, one.FAIL_TO_PASS, one.PASS_TO_PASS])).toEqual([
      ['valid', undefined, ['tests/test_empty.py::test_empty'], []],
      ['valid', undefined, ['tests/test_ranges.py::test_high'], ['tests/test_ranges.py::test_low']],
    ]);
    expect(new Set(instances.map(({ environment_id }) => environment_id)).size).toBe(2);
    expect(
      instances.every(({ base_commit }) => /^[0-9a-f]{40}$/.test(base_commit) && !commits.includes(base_commit)),
    ).toBe(true);

    const attempt = (instance: Instance, sample: number, patch: string): unknown => ({
      trajectory_id: `${instance.instance_id}#${sample}`,
      instance_id: instance.instance_id,
      repo: instance.repo,
      source: 'real',
      row: '',
      sample,
      seed: 1,
      model: 'scripted:test',
      messages: [],
      patch,
      patches: {},
      exit: 'finish',
      turns: 1,
      valid_call: true,
      tokens: 1,
    });
    const harmless = '--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-Ranges\n+Range\n';
    const graded = await run(grade, {
      trajectories: instances.flatMap((one) => [attempt(one, 0, one.patch), attempt(one, 1, harmless)]),
      instances,
      environments,
    });
    expect((graded.written['verdicts'] as Verdict[]).map(({ resolved }) => resolved)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('a draft without an environment is invalid, and stays in the count', async () => {
    const mined = await run(mineFixes, { checkouts: [pinned] }, { from: 'commits', remote: remote() });
    const sealed = await run(sealHistory, { instances: mined.written['instances'] ?? [], environments: [] });
    const tested = await run(runTests, { instances: sealed.written['instances'] ?? [], environments: [] });
    expect(tested.scalars).toMatchObject({ attempted: 2, valid: 0, by_reason: { 'no-environment': 2 } });
  });

  test('what has no history is said, and a server that does not answer is tried again', async () => {
    const gone = { ...pinned, repo: 'owner/gone' };
    const elsewhere = { ...pinned, commit: 'f'.repeat(40) };
    const sdist = { ...pinned, repo: 'dist', commit: 'e'.repeat(64) };
    const mined = await run(mineFixes, { checkouts: [gone, elsewhere, sdist] }, { from: 'commits', remote: remote() });
    expect(mined.scalars).toMatchObject({ instances: 0, reasons: { 'no-history': 2, 'no-repository': 1 } });
    const silent = await run(
      mineFixes,
      { checkouts: [pinned] },
      { from: 'commits', remote: 'https://127.0.0.1:9/{repo}' },
    );
    expect(silent.results).toMatchObject([{ ok: false, class: 'infrastructure', code: 'source-unreachable' }]);
  });
});

describe('releases', () => {
  /** Two packages of the tiny profile's list, as data/collect has them. */
  async function collected(...names: string[]): Promise<Checkout[]> {
    const list = fileURLToPath(new URL('../../recipes/data/tiny.jsonl', import.meta.url));
    const lines = (await readFile(list, 'utf8'))
      .split('\n')
      .filter((line) => names.some((name) => line.includes(`"repo": "${name}"`)));
    const directory = join(folder, 'list');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'list.jsonl'), lines.join('\n'));
    const cache = join(folder, 'cache');
    const { context, written } = recordingContext({ folder, cache, sandbox, params: {}, inputs: {} });
    if (collect.map) throw new Error('data/collect is no map');
    await collect.run({
      ...context,
      trainer,
      inputs: { ...context.inputs, directory: () => Promise.resolve(directory) },
    });
    return written['checkouts'] as Checkout[];
  }

  test('two packages of the index, each against its release before, give valid instances', async () => {
    const given = await collected('parse', 'uritemplate');
    const mined = await run(mineFixes, { checkouts: given }, { from: 'releases', limits: { per_repository: 1 } });
    expect(mined.scalars).toMatchObject({ instances: 2, checkouts: 2, failed: [] });
    const drafts = mined.written['instances'] as Instance[];
    const versions = Object.fromEntries(given.map(({ repo, version }) => [repo, version]));
    expect(drafts.map(({ repo, origin }) => [repo, origin?.fix])).toEqual(
      given.map(({ repo }) => [repo, versions[repo]]),
    );
    const bases = mined.written['checkouts'] as Checkout[];
    expect(bases.map(({ commit }) => commit)).toEqual(drafts.map(({ base_commit }) => base_commit));
    expect(
      bases.every(({ commit, version, repo }) => /^[0-9a-f]{64}$/.test(commit) && version !== versions[repo]),
    ).toBe(true);

    const { instances, environments } = await validated(mined);
    expect(environments).toHaveLength(2);
    expect(instances.map(({ status, reason }) => [status, reason])).toEqual([
      ['valid', undefined],
      ['valid', undefined],
    ]);
    expect(instances.every((one) => one.FAIL_TO_PASS.length > 0 && one.PASS_TO_PASS.length > 0)).toBe(true);
    // What no changelog says is written from the symptom.
    const told = (await run(writeIssues, { instances })).written['instances'] as Instance[];
    expect(told.every((one) => one.problem_statement !== '' && !leaksGold(one.problem_statement, one))).toBe(true);

    const again = await run(mineFixes, { checkouts: given }, { from: 'releases', limits: { per_repository: 1 } });
    expect(again.written).toEqual(mined.written);
  });

  test('what is given is not fetched, and is no checkout of its own', async () => {
    const [newer] = await collected('parse');
    const one = await run(mineFixes, { checkouts: [newer] }, { from: 'releases', limits: { per_repository: 1 } });
    const [older] = one.written['checkouts'] as Checkout[];
    const both = await run(
      mineFixes,
      { checkouts: [newer, older] },
      { from: 'releases', limits: { per_repository: 1 } },
    );
    expect(both.written['instances']).toEqual(one.written['instances']);
    expect(both.written['checkouts']).toEqual([]);
  });

  test('a list that names no release of the index, or a commit, says so', async () => {
    const [newer] = await collected('parse');
    const strangers = [
      { ...newer, version: '0.0.0.1' },
      { ...newer, repo: 'owner/parse', commit: 'a'.repeat(40) },
    ];
    const mined = await run(mineFixes, { checkouts: strangers }, { from: 'releases' });
    expect(mined.scalars).toMatchObject({ instances: 0, reasons: { 'no-release': 2 } });
  });
});

/** A server of the part of GitHub's REST API that is asked, over the repository of this test. */
class Forge {
  readonly seen: { url: string; authorization: string | undefined }[] = [];
  /** Answers 429 that many times before it answers. */
  busy = 0;
  #server!: Server;

  async open(): Promise<string> {
    this.#server = createServer((request, response) => {
      const { status, body, headers } = this.#answer(request);
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v3`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage): { status: number; body: unknown; headers?: Record<string, string> } {
    const url = request.url ?? '';
    this.seen.push({ url, authorization: request.headers.authorization });
    if (this.busy > 0) {
      this.busy -= 1;
      return { status: 429, body: { message: 'slow down' }, headers: { 'retry-after': '1' } };
    }
    const host = `http://${request.headers.host}`;
    const path = url.replace('/api/v3/repos/owner/ranges', '');
    const answer = this.#things(host)[path];
    if (answer === undefined) return { status: 404, body: { message: 'Not Found' } };
    const wantsDiff = request.headers.accept === 'application/vnd.github.diff';
    if (wantsDiff && answer.diff === undefined) return { status: 406, body: { message: 'The diff is too large' } };
    const body = wantsDiff ? answer.diff : answer.body;
    return {
      status: 200,
      body,
      ...(answer.next === undefined ? {} : { headers: { link: `<${answer.next}>; rel="next"` } }),
    };
  }

  #things(host: string): Record<string, { body?: unknown; diff?: string | undefined; next?: string }> {
    const repository = join(folder, 'owner', 'ranges');
    const diff = (from: number, to: number): string =>
      execFileSync('git', ['-C', repository, 'diff', commits[from] ?? '', commits[to] ?? ''], { encoding: 'utf8' });
    const pull = (number: number, base: number, given: object): object => ({
      number,
      title: 'A change',
      body: null,
      created_at: '2024-03-04T00:00:00Z',
      merged_at: '2024-03-05T00:00:00Z',
      base: { sha: commits[base] },
      ...given,
    });
    const commit = (message: string, date: string): object => ({ commit: { message, author: { date } } });
    const list = '/pulls?state=closed&sort=created&direction=desc&per_page=100';
    return {
      '': { body: { clone_url: pathToFileURL(repository).href } },
      [list]: {
        body: [
          pull(9, 4, { merged_at: null, body: 'Fixes #1' }),
          pull(8, 3, { body: 'closes #2' }),
          pull(7, 3, {}),
          pull(4, 3, { title: 'span() of nothing', body: 'Resolves #2.' }),
        ],
        next: `${host}/api/v3/repos/owner/ranges${list}&page=2`,
      },
      [`${list}&page=2`]: {
        body: [pull(4, 3, {}), pull(3, 1, {}), pull(2, 0, { merged_at: '2020-01-01T00:00:00Z', body: 'Fixes #1' })],
      },
      '/pulls/4': { diff: diff(3, 4) },
      '/pulls/3': { diff: diff(1, 2) },
      '/pulls/8': { body: {} },
      '/pulls/4/commits?per_page=100': { body: [commit('wip', '2024-03-03T00:00:00Z')] },
      '/pulls/3/commits?per_page=100': {
        body: [commit('Bounds\n\nFixes #1, fixes #5', '2024-03-02T00:00:00Z'), commit('wip', '2024-03-03T00:00:00Z')],
      },
      '/pulls/7/commits?per_page=100': { body: [commit('Nothing to close', '2024-03-02T00:00:00Z')] },
      '/issues/1': {
        body: {
          title: 'Upper bound ignored',
          body: 'clamp(5, 1, 3) gives 5.\r\n\r\nI think it needs `return min(value, high)`.',
        },
      },
      '/issues/1/comments?per_page=100': {
        body: [
          { created_at: '2024-03-01T00:00:00Z', body: 'I see this, too.' },
          { created_at: '2024-03-04T00:00:00Z', body: 'Mended by taking the minimum.' },
        ],
      },
      '/issues/2': { body: { title: 'span([]) raises', body: null } },
      '/issues/2/comments?per_page=100': { body: [] },
      '/issues/5': { body: { title: 'another pull request', body: '', pull_request: {} } },
    };
  }
}

describe('pulls', () => {
  const forge = new Forge();
  let api: string;
  beforeAll(async () => {
    api = await forge.open();
  });
  afterAll(() => forge.close());

  const params = (): JsonObject => ({ from: 'pulls', api, since: '2024-01-01', token: { secret: 'FORGE_TOKEN' } });

  test('merged ones that close an issue become instances with its text and what was said before', async () => {
    forge.busy = 1;
    const mined = await run(mineFixes, { checkouts: [pinned] }, params(), () => 'secret-token');
    expect(mined.scalars).toMatchObject({ instances: 2, checkouts: 2, reasons: { 'no-issue': 1, 'too-large': 1 } });
    const [second, first] = mined.written['instances'] as Instance[];
    expect(second).toMatchObject({
      instance_id: 'owner__ranges-4',
      base_commit: commits[3],
      problem_statement: 'span([]) raises',
      origin: { from: 'pulls', fix: '4', issues: [2] },
    });
    expect(second).not.toHaveProperty('hints_text');
    expect(first).toMatchObject({
      instance_id: 'owner__ranges-3',
      problem_statement: 'Upper bound ignored\n\nclamp(5, 1, 3) gives 5.',
      hints_text: 'I see this, too.',
      origin: { base: commits[1], issues: [1] },
    });
    expect(forge.seen.every(({ authorization }) => authorization === 'Bearer secret-token')).toBe(true);
    expect(mined.messages.join('\n')).toMatch(/rate limit: waiting 1 s/);
    expect(JSON.stringify([mined.written, mined.messages])).not.toContain('secret-token');

    const { instances } = await validated(mined);
    expect(instances.map((one) => [one.status, one.FAIL_TO_PASS])).toEqual([
      ['valid', ['tests/test_empty.py::test_empty']],
      ['valid', ['tests/test_ranges.py::test_high']],
    ]);
  });

  test('a token that the worker lacks is told before anything is asked', async () => {
    const before = forge.seen.length;
    await expect(run(mineFixes, { checkouts: [pinned] }, params())).rejects.toMatchObject({
      code: 'environment-missing',
    });
    expect(forge.seen).toHaveLength(before);
  });

  test('a repository that GitHub does not have is a rejection, a server that is gone a failure', async () => {
    const strangers = [
      { ...pinned, repo: 'owner/unknown' },
      { ...pinned, repo: 'dist' },
    ];
    const mined = await run(mineFixes, { checkouts: strangers }, { ...params(), token: null });
    expect(mined.scalars).toMatchObject({ instances: 0, reasons: { 'no-repository': 2 } });
    const gone = await run(mineFixes, { checkouts: [pinned] }, { ...params(), token: null, api: 'http://127.0.0.1:9' });
    expect(gone.results).toMatchObject([{ ok: false, class: 'infrastructure', code: 'github-unreachable' }]);
  });

  test('what pulls finds is fixed only up to a day', () => {
    const cases: JsonObject[] = [{ from: 'pulls' }, { from: 'pulls', until: '2024-01-01' }, { from: 'commits' }];
    expect(cases.map((given) => mineFixes.isDeterministic?.(given))).toEqual([false, true, true]);
  });
});
