import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activity, JsonObject } from '../../activities/activity.js';
import buildEnvironments from '../../activities/data/build-environments.js';
import grade from '../../activities/validate/grade.js';
import runTests from '../../activities/validate/run-tests.js';
import sealHistory from '../../activities/validate/seal-history.js';
import { createSandbox } from '../../sandbox/index.js';
import { closeRepositories, openRepository, type WarmRepository } from '../../sandbox/repositories.js';
import { cacheFolder } from '../../sandbox/root.js';
import type { SandboxPort } from '../../sandbox/sandbox.js';
import type { Environment, Instance, Trajectory, Verdict } from '../../schemas/records.js';
import { runMapActivity, type MapRun } from '../support/run-activity.js';
import { folderBlobs, tallyCheckout } from '../support/tally.js';

/** One-line bugs of the small package: where, what stands there, what the bug makes of it. */
const BUGS = {
  plain: ['tally/counting.py', 'total', 5, 'result += value', 'result -= value'],
  method: ['tally/counting.py', 'Counter.add', 14, '+ times', '- times'],
  property: ['tally/counting.py', 'Counter.most', 19, 'not self.counts', 'self.counts'],
  decorated: ['tally/cutting.py', 'memoized_double', 24, 'value * 2', 'value * 3'],
  imported: ['tally/cutting.py', 'table_size', 28, 'return 3', 'return 4'],
  endless: ['tally/cutting.py', 'wait', 36, 'turns -= 1', 'turns += 1'],
  broken: ['tally/cutting.py', 'chunks', 17, 'if size', 'if if size'],
  harmless: ['tally/cutting.py', 'chunks', 17, 'size < 1', 'size < 0'],
} as const;

let folder: string;
let sandbox: SandboxPort;
let environment: Environment;
let repository: WarmRepository;
let drafts: Instance[];

const runMap = (
  activity: Activity,
  inputs: Record<string, readonly unknown[]>,
  params: JsonObject = {},
): Promise<MapRun> => runMapActivity(activity, { folder, cache: cacheFolder(), sandbox, inputs, params });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-validation-'));
  sandbox = await createSandbox();
  const checkout = await tallyCheckout(folder, folderBlobs(`${folder}/blobs`));
  const impossible = { ...checkout, repo: 'impossible', requirements: ['tally-no-such-package==1.0'] };
  const built = await runMap(buildEnvironments, { checkouts: [checkout, impossible] });
  expect(built.written['failures']).toMatchObject([
    { repo: 'impossible@1.0.0', class: 'subject', code: 'requirements' },
  ]);
  environment = built.written['environments']?.[0] as Environment;
  repository = await openRepository(environment, built.context);
  drafts = await Promise.all(Object.entries(BUGS).map(([name, bug]) => draft(name, bug)));
});

afterAll(async () => {
  await closeRepositories();
  await rm(folder, { recursive: true, force: true });
});

async function draft(
  name: string,
  [file, symbol, line, good, bad]: (typeof BUGS)[keyof typeof BUGS],
): Promise<Instance> {
  const broken = await repository.workspace([]);
  expect(await broken.replace(file, line, good, bad), name).toEqual({ ok: true });
  const bugPatch = await broken.diff();
  await broken.close();
  const patch = reversed(bugPatch);
  return {
    instance_id: `tally-${name}`,
    repo: 'tally',
    version: '1.0.0',
    base_commit: '',
    source: 'synthetic',
    environment_id: environment.environment_id,
    problem_statement: '',
    patch,
    bug_patch: bugPatch,
    test_patch: '',
    focus: { file, symbol, start: line, end: line },
    status: 'draft',
    FAIL_TO_PASS: [],
    PASS_TO_PASS: [],
  };
}

/** A patch of replaced lines, the other way round. */
function reversed(patch: string): string {
  const lines = patch
    .split('\n')
    .map((line) => (/^(---|\+\+\+) /.test(line) ? line : line.replace(/^[-+]/, (mark) => (mark === '-' ? '+' : '-'))));
  for (let index = 0; index + 1 < lines.length; index += 1) {
    const [first = '', second = ''] = [lines[index], lines[index + 1]];
    if (/^\+(?!\+\+)/.test(first) && /^-(?!--)/.test(second)) [lines[index], lines[index + 1]] = [second, first];
  }
  return lines.join('\n');
}

function trajectory(instance: string, sample: number, patch: string, patches: Record<string, string> = {}): Trajectory {
  return {
    trajectory_id: `${instance}#${sample}`,
    instance_id: instance,
    repo: 'tally',
    source: 'synthetic',
    row: 'sft',
    sample,
    seed: 1,
    model: 'scripted:test',
    messages: [],
    patch,
    patches,
    exit: 'finish',
    turns: 3,
    valid_call: true,
    tokens: 10,
  };
}

describe('validation of a small package', () => {
  test('its environment says which tests are stable, flaky and failing, and what covers what', async () => {
    expect(environment.lock.find((line) => line.startsWith('pytest=='))).toBe('pytest==8.4.2');
    expect(environment.flaky).toEqual(['tests/test_flaky.py::test_depends_on_order']);
    expect(environment.failing).toEqual(['tests/test_tally.py::test_failing']);
    expect(environment.tests).toBe(environment.stable.length + 3);
    expect(environment.stable).toContain('tests/test_tally.py::test_chunks[5]');
    const coverage = JSON.parse(
      (await folderBlobs(`${folder}/blobs`).get(environment.coverage ?? { digest: '', size: 0 })).toString(),
    ) as Record<string, string[]>;
    expect(coverage['tally/counting.py::Counter.most']).toEqual(['tests/test_tally.py::test_counter']);
    expect(coverage['tally/cutting.py::memoized_double']).toEqual(['tests/test_tally.py::test_memoized_double']);
  });

  test('a warm run swaps code where it may, and says why where it may not', async () => {
    const isolations: Record<string, unknown> = {};
    for (const one of drafts) {
      const outcome = await repository.run({
        patches: [one.bug_patch],
        tests: environment.stable,
        isolation: 'warm',
        timeout: 3000,
      });
      isolations[one.instance_id.slice(6)] = [outcome.isolation, outcome.status];
    }
    expect(isolations).toEqual({
      plain: ['warm', 'ran'],
      method: ['warm', 'ran'],
      property: ['warm', 'ran'],
      decorated: ['warm', 'ran'],
      imported: ['process', 'ran'],
      endless: ['warm', 'timeout'],
      // The file that does not import it is collected all the same.
      broken: ['process', 'ran'],
      harmless: ['warm', 'ran'],
    });
  });

  test('a warm run leaves nothing behind', async () => {
    const clean = await repository.run({ patches: [], tests: environment.stable, isolation: 'warm', timeout: 10_000 });
    expect(new Set(Object.values(clean.outcomes))).toEqual(new Set(['passed']));
  });

  test('sealing, testing and grading say what each bug and each patch is worth', async () => {
    const sealed = await runMap(sealHistory, { instances: drafts, environments: [environment] });
    expect(sealed.scalars).toEqual({ instances: 8, sealed: 8, leaks: 0, checked: 1, by_leak: {} });
    const commits = (sealed.written['instances'] as Instance[]).map((one) => one.base_commit);
    expect(new Set(commits).size).toBe(8);

    const validated = await runMap(
      runTests,
      { instances: sealed.written['instances'] ?? [], environments: [environment] },
      { timeout: '2s' },
    );
    const instances = validated.written['instances'] as Instance[];
    const summary = Object.fromEntries(
      instances.map((one) => [
        one.instance_id.slice(6),
        [one.status, one.reason ?? one.symptom ?? '', one.isolation ?? '', one.FAIL_TO_PASS.length],
      ]),
    );
    expect(summary).toEqual({
      plain: ['valid', 'AssertionError: assert -6 == 6', 'warm', 1],
      method: ['valid', 'AssertionError: assert -3 == 3', 'warm', 1],
      property: ['valid', "AssertionError: assert None == 'a'", 'warm', 1],
      decorated: ['valid', 'AssertionError: assert 12 == 8', 'warm', 1],
      // Nothing but the import calls it, so no test covers it.
      imported: ['invalid', 'no-covering-test', '', 0],
      endless: ['timeout', 'timeout', '', 0],
      broken: ['invalid', 'collection-error', '', 0],
      harmless: ['invalid', 'no-failing-test', '', 0],
    });
    expect(validated.scalars).toMatchObject({
      attempted: 8,
      valid: 4,
      rechecked: 4,
      warm_process_disagreements: 0,
      by_reason: { timeout: 1, 'no-covering-test': 1, 'collection-error': 1, 'no-failing-test': 1 },
    });

    const [plain] = instances;
    if (plain === undefined) throw new Error('no instance');
    const wrong = plain.patch.replace('+        result += value', '+        result += value + 1');
    const cheat = [
      '--- a/tests/test_tally.py',
      '+++ b/tests/test_tally.py',
      '@@ -7,2 +7,2 @@',
      ' def test_total():',
      '-    assert total([1, 2, 3]) == 6',
      '+    assert True',
      '',
    ].join('\n');
    const graded = await runMap(
      grade,
      {
        trajectories: [
          trajectory('tally-plain', 0, plain.patch, { 1: '', 2: wrong, 3: plain.patch }),
          trajectory('tally-plain', 1, plain.patch),
          trajectory('tally-plain', 2, wrong),
          trajectory('tally-plain', 3, ''),
          trajectory('tally-plain', 4, 'no patch at all\n'),
          trajectory('tally-plain', 5, cheat),
          trajectory('tally-harmless', 0, plain.patch),
        ],
        instances,
        environments: [environment],
      },
      { recheck: 1 },
    );
    expect(
      (graded.written['verdicts'] as Verdict[]).map((one) => [one.status, one.resolved, one.budgets ?? null]),
    ).toEqual([
      ['graded', true, { 1: false, 2: false, 3: true }],
      ['graded', true, null],
      ['graded', false, null],
      ['empty_patch', false, null],
      ['not_applied', false, null],
      ['graded', false, null],
      ['infrastructure', false, null],
    ]);
    // Gold, wrong, no patch, cheat: each tested once, gold in a fresh process besides.
    expect(graded.scalars).toMatchObject({ patches: 4, rechecked: 1, recheck_disagreements: 0, resolved: 2, empty: 1 });
  });

  test('a workspace is private, and its diff is against what it was opened as', async () => {
    const [plain] = drafts;
    if (plain === undefined) throw new Error('no instance');
    const [first, second] = await Promise.all([repository.workspace([plain.bug_patch]), repository.workspace([])]);
    expect(await first.locate('tally/counting.py', 'total')).toEqual({ start: 1, end: 6, docstring: [2] });
    expect(await first.view('tally/counting.py', 4, 5)).toEqual([
      '    for value in values:',
      '        result -= value',
    ]);
    expect(await first.replace('tally/counting.py', 5, 'nothing', 'x')).toEqual({ ok: false, error: 'no_match' });
    expect(await first.replace('tally/counting.py', 500, 'a', 'b')).toEqual({ ok: false, error: 'no_line' });
    expect(await first.replace('tally/none.py', 1, 'a', 'b')).toEqual({ ok: false, error: 'no_file' });
    expect(await first.view('../../etc/passwd', 1, 2)).toBeNull();
    expect(await first.diff()).toBe('');
    expect((await first.test(['tests/test_tally.py::test_total'], 5000)).outcomes).toEqual({
      'tests/test_tally.py::test_total': 'failed',
    });
    expect(await first.replace('tally/counting.py', 5, '-=', '+=')).toEqual({ ok: true });
    expect((await first.test(['tests/test_tally.py::test_total'], 5000)).outcomes).toEqual({
      'tests/test_tally.py::test_total': 'passed',
    });
    expect(await first.diff()).toBe(plain.patch);
    expect(await second.diff()).toBe('');
    await Promise.all([first.close(), second.close()]);
  });
});
