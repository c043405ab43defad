import { describe, expect, test } from 'vitest';
import { classify, testInstance, testRealInstance, type Verifier } from '../../activities/validate/test-instance.js';
import type { Repository, TestOutcome, TestRequest } from '../../sandbox/repository.js';
import type { Environment, Instance } from '../../schemas/records.js';

type Outcomes = TestOutcome['outcomes'];

const instance = { bug_patch: 'BUG', patch: 'GOLD', test_patch: '' } as unknown as Instance;

/** A repository that plays back outcomes by the patches of a request, and notes the requests. */
function repository(answers: (request: TestRequest, count: number) => TestOutcome): {
  verifier: Verifier;
  requests: TestRequest[];
} {
  const requests: TestRequest[] = [];
  const played: Repository = {
    environment: {} as Environment,
    workspace: () => Promise.reject(new Error('not here')),
    run(request) {
      requests.push(request);
      return Promise.resolve(answers(request, requests.length));
    },
  };
  const verifier: Verifier = {
    repository: played,
    isolation: 'warm',
    repeats: 2,
    timeout: 1,
    signal: new AbortController().signal,
    mended: new Map(),
  };
  return { verifier, requests };
}

const ran = (outcomes: Outcomes): TestOutcome => ({ status: 'ran', outcomes });
const bugShown = (request: TestRequest): TestOutcome =>
  request.patches.length > 0
    ? { ...ran({ a: 'failed', b: 'passed' }), symptom: 'E: x' }
    : ran({ a: 'passed', b: 'passed' });

describe('testInstance', () => {
  test('valid: fails before, passes after', async () => {
    const { verifier, requests } = repository(bugShown);
    expect(await testInstance(instance, ['a', 'b'], verifier)).toEqual({
      status: 'valid',
      failing: ['a'],
      passing: ['b'],
      symptom: 'E: x',
    });
    expect(requests.map(({ patches }) => patches)).toEqual([['BUG'], ['BUG'], [], []]);
  });

  test('the mended tree is run once for all instances with the same tests', async () => {
    const { verifier, requests } = repository(bugShown);
    await testInstance(instance, ['a', 'b'], verifier);
    await testInstance({ ...instance, bug_patch: 'OTHER' }, ['a', 'b'], verifier);
    expect(requests.filter(({ patches }) => patches.length === 0)).toHaveLength(2);
  });

  test('flaky: the two runs before differ', async () => {
    const { verifier } = repository((_request, count) => ran({ a: 'failed', b: count === 1 ? 'passed' : 'failed' }));
    expect(await testInstance(instance, ['a', 'b'], verifier)).toEqual({ status: 'flaky', reason: 'differs-before' });
  });

  test('flaky: fails after, too', async () => {
    const { verifier } = repository(() => ran({ a: 'failed', b: 'passed' }));
    expect(await testInstance(instance, ['a', 'b'], verifier)).toEqual({ status: 'flaky', reason: 'fails-after' });
  });
});

describe('classify', () => {
  test.each([
    [
      { status: 'timeout', outcomes: { a: 'failed' } },
      { status: 'timeout', reason: 'timeout' },
    ],
    [
      { status: 'crashed', outcomes: {} },
      { status: 'invalid', reason: 'crashed' },
    ],
    [
      { status: 'not_applied', outcomes: {} },
      { status: 'invalid', reason: 'patch-not-applied' },
    ],
    [ran({ a: 'failed' }), { status: 'invalid', reason: 'collection-error' }],
    [ran({ a: 'error', b: 'passed' }), { status: 'invalid', reason: 'set-up-error' }],
    [ran({ a: 'skipped', b: 'passed' }), { status: 'invalid', reason: 'no-failing-test' }],
  ] as [TestOutcome, unknown][])('%j', (outcome, verification) => {
    expect(classify(outcome, ['a', 'b'])).toEqual(verification);
  });
});

test('a real change brings its tests: before it they need not even be collected', async () => {
  const real = { bug_patch: '', patch: 'FIX', test_patch: 'TESTS' } as unknown as Instance;
  const { verifier, requests } = repository(({ patches }) =>
    patches.includes('FIX')
      ? ran({ 't::new': 'passed', 't::old': 'passed', 't::bad': 'failed' })
      : ran({ 't::old': 'passed', 't::bad': 'failed' }),
  );
  expect(await testRealInstance(real, ['t.py'], verifier)).toEqual({
    status: 'valid',
    failing: ['t::new'],
    passing: ['t::old'],
  });
  expect(requests.map(({ patches }) => patches)).toEqual([['FIX', 'TESTS'], ['TESTS'], ['FIX', 'TESTS'], ['TESTS']]);
});
