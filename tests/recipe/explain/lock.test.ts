import { expect, test } from 'vitest';
import { type Lock, lockDiagnostics, lockOfPlan, writeLockFile } from '../../../recipe/explain/lock.js';
import { testPlan } from '../../integration/plans.js';

const lock: Lock = {
  ...lockOfPlan({ ...testPlan([{}]), params: { seed: { data: 17, train: 17 }, samples: 8 } }),
  recipes: { 'a.yaml': 'sha256:1' },
  files: { 'data/list.jsonl': 'sha256:2' },
  activities: { 'test/numbers': { version: 1, source: 'ab' } },
  sandbox: 'sha256:3',
  packages: { trainer: 'sha256:4' },
  tools: { node: '22' },
};
const text = writeLockFile({ mortar: 1, profiles: { tiny: lock } });
const at = { file: 'a.lock.json', text, recipe: 'a.yaml', profile: 'tiny' };

test('nothing is found where nothing differs', () => {
  expect(lockDiagnostics(at, lock)).toEqual([]);
});

test('the same lock is the same bytes, whatever the order it was put together in', () => {
  const { plan, params, ...rest } = lock;
  const turned = { ...rest, params: { samples: params.samples ?? 0, seed: { train: 17, data: 17 } }, plan };
  expect(writeLockFile({ profiles: { tiny: turned }, mortar: 1 })).toBe(text);
});

test('every difference is told at its place in the lock file, with both values and the next step', () => {
  const now: Lock = {
    ...lock,
    plan: 'sha256:5',
    params: { seed: { data: 18, train: 17 }, samples: 8 },
    files: { 'data/list.jsonl': 'sha256:9' },
    activities: { 'test/numbers': { version: 2, source: 'cd' } },
  };
  const found = lockDiagnostics(at, now);
  expect(found.map(({ code, message }) => [code, message.split('. ')[0]])).toEqual([
    ['lock-differs', 'activity test/numbers source is locked as "ab", and is "cd" now'],
    ['lock-differs', 'activity test/numbers version is locked as 1, and is 2 now'],
    ['lock-differs', 'file data/list.jsonl is locked as "sha256:2", and is "sha256:9" now'],
    ['lock-differs', 'param seed.data is locked as 17, and is 18 now'],
  ]);
  const [, , file] = found;
  expect(text.split('\n')[(file?.line ?? 0) - 1]).toContain('data/list.jsonl');
  expect(file?.message).toContain('mortar lock a.yaml --profile tiny');
});

test('another plan is told where nothing else says why', () => {
  const found = lockDiagnostics(at, { ...lock, plan: 'sha256:5' });
  expect(found.map(({ message }) => message.split(' is ')[0])).toEqual(['the plan']);
});

test('a profile that was never locked is said', () => {
  expect(lockDiagnostics({ ...at, profile: 'large' }, lock).map(({ code }) => code)).toEqual(['not-locked']);
  expect(lockDiagnostics({ ...at, file: 'a.yaml', text: '' }, lock)[0]).toMatchObject({ line: 1, code: 'not-locked' });
});

test('what is only where the recipe stands is not in the plan\u2019s digest', () => {
  const plan = testPlan([{ line: 3 }]);
  expect(lockOfPlan(testPlan([{ line: 99 }])).plan).toBe(lockOfPlan(plan).plan);
  expect(lockOfPlan(testPlan([{ line: 3, with: { other: true } }])).plan).not.toBe(lockOfPlan(plan).plan);
});

test('references to models of the hub are listed with their revisions', () => {
  const model = (revision?: string) =>
    ({ from: 'model', model: { kind: 'hub', hub: 'org/name', serve: {}, ...(revision ? { revision } : {}) } }) as const;
  const plan = testPlan([{ inputs: { model: [model('abc')] } }, { inputs: { model: [model()] } }]);
  expect(lockOfPlan(plan).references).toEqual(['hub:org/name', 'hub:org/name@abc']);
});
