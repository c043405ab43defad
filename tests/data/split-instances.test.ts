import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repositoryName, splitInstances, splits, type SplitParams } from '../../activities/data/split-instances.js';
import type { Instance } from '../../schemas/records.js';
import { instance } from './instances.js';

const params: SplitParams = {
  test: [],
  development: [],
  verifier: [],
  keep_invalid: ['test', 'development'],
  dedupe: ['patch', 'function'],
};

function many(repo: string, count: number, given: Partial<Instance> = {}): Instance[] {
  return Array.from({ length: count }, (_, index) => instance({ repo, instance_id: `${repo}-${index}`, ...given }));
}

const ids = (instances: readonly Instance[]): string[] => instances.map(({ instance_id }) => instance_id);

describe('split by repository', () => {
  test('puts named repositories where they are named, and the rest into train', () => {
    const all = [...many('a', 2), ...many('b', 1), ...many('c', 3), ...many('d', 1)];
    const result = splitInstances(all, { ...params, test: ['a'], development: ['b'], verifier: ['d'] }, 1);
    expect(ids(result.test)).toEqual(['a-0', 'a-1']);
    expect(ids(result.development)).toEqual(['b-0']);
    expect(ids(result.verifier)).toEqual(['d-0']);
    expect(ids(result.train)).toEqual(['c-0', 'c-1', 'c-2']);
    expect(result.dropped).toEqual([]);
  });

  test('finds a repository under another spelling of its name', () => {
    const result = splitInstances(many('Ordered.Set', 1), { ...params, test: ['ordered_set'] }, 1);
    expect(ids(result.test)).toEqual(['Ordered.Set-0']);
  });

  test('keeps what did not validate in test, and only there and in development', () => {
    const all = ['a', 'b', 'c', 'd'].flatMap((repo) => many(repo, 1, { status: 'invalid', reason: 'no test fails' }));
    const result = splitInstances(all, { ...params, test: ['a'], development: ['b'], verifier: ['c'] }, 1);
    expect([result.test.length, result.development.length, result.verifier.length, result.train.length]).toEqual([
      1, 1, 0, 0,
    ]);
    expect(result.dropped).toEqual([
      { split: 'verifier', reason: 'not valid', count: 1 },
      { split: 'train', reason: 'not valid', count: 1 },
    ]);
  });

  test('refuses a repository that is named twice, and says where', () => {
    expect(() => splitInstances([], { ...params, test: ['a'], verifier: ['A'] }, 1)).toThrow(
      'data/split: A is named for test and for verifier. Name it once.',
    );
  });

  test('names the repositories that have no instance', () => {
    expect(splitInstances(many('a', 1), { ...params, test: ['a', 'gone'] }, 1).absent).toEqual(['gone']);
  });
});

describe('overlap', () => {
  const focus = { file: 'x/y.py', symbol: 'f', start: 1, end: 2, hash: 'same' };

  test('a function that is held out is dropped from train, never from test', () => {
    const all = [
      instance({ repo: 'a', instance_id: 'train', focus }),
      instance({ repo: 'b', instance_id: 'test', focus }),
    ];
    const result = splitInstances(all, { ...params, test: ['b'] }, 1);
    expect(ids(result.test)).toEqual(['test']);
    expect(result.train).toEqual([]);
    expect(result.dropped).toEqual([{ split: 'train', reason: 'same function as test', count: 1 }]);
  });

  test('an invalid test instance still holds its function out', () => {
    const all = [instance({ repo: 'a', focus }), instance({ repo: 'b', focus, status: 'invalid' })];
    expect(splitInstances(all, { ...params, test: ['b'] }, 1).train).toEqual([]);
  });

  test('several bugs in one function of the training side stay', () => {
    const all = [instance({ repo: 'a', instance_id: '1', focus }), instance({ repo: 'a', instance_id: '2', focus })];
    expect(splitInstances(all, params, 1).train).toHaveLength(2);
  });

  test('the same patch twice in train stays once', () => {
    const one = instance({ repo: 'a', instance_id: '1' });
    const result = splitInstances([one, { ...one, instance_id: '2' }], params, 1);
    expect(ids(result.train)).toEqual(['1']);
    expect(result.dropped).toEqual([{ split: 'train', reason: 'same patch in train', count: 1 }]);
  });

  test('without dedupe nothing is dropped', () => {
    const all = [instance({ repo: 'a', focus }), instance({ repo: 'b', focus })];
    expect(splitInstances(all, { ...params, test: ['b'], dedupe: [] }, 1).train).toHaveLength(1);
  });
});

describe('properties', () => {
  const repositories = ['a', 'b', 'c', 'd', 'e', 'f'];
  const pool = fc.array(
    fc.record({
      repo: fc.constantFrom(...repositories),
      hash: fc.integer({ min: 0, max: 40 }),
      status: fc.constantFrom('valid' as const, 'invalid' as const, 'flaky' as const),
    }),
    { maxLength: 60 },
  );

  test('splits share no repository and no function; test loses nothing; all that is gone is counted', () => {
    fc.assert(
      fc.property(
        pool,
        fc.subarray(repositories),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.integer(),
        (drawn, held, share, seed) => {
          const all = drawn.map(({ repo, hash, status }, index) =>
            instance({
              repo,
              status,
              instance_id: `${index}`,
              focus: { file: `${repo}.py`, symbol: 'f', start: 1, end: 2, hash: `${hash}` },
            }),
          );
          const result = splitInstances(all, { ...params, test: held, verifier: share }, seed);
          expect(result.test).toEqual(all.filter(({ repo }) => held.includes(repo)));
          for (const one of splits) {
            for (const other of splits) {
              if (one === other) continue;
              const [repos, hashes] = [
                new Set(result[other].map(({ repo }) => repositoryName(repo))),
                new Set(result[other].map(({ focus }) => focus.hash)),
              ];
              expect(
                result[one].some(({ repo, focus }) => repos.has(repositoryName(repo)) || hashes.has(focus.hash)),
              ).toBe(false);
            }
          }
          const kept = splits.reduce((sum, split) => sum + result[split].length, 0);
          expect(kept + result.dropped.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
          expect(splitInstances(all, { ...params, test: held, verifier: share }, seed)).toEqual(result);
        },
      ),
    );
  });

  test('a share takes whole repositories, about as many instances as it says, and leaves something for training', () => {
    const all = repositories.flatMap((repo) => many(repo, 10));
    const result = splitInstances(all, { ...params, verifier: 0.3 }, 3);
    expect(result.verifier).toHaveLength(20);
    expect(result.train).toHaveLength(40);
    expect(splitInstances(many('a', 5), { ...params, verifier: 0.9 }, 3).train).toHaveLength(5);
  });
});
