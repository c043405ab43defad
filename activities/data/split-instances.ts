import { createHash } from 'node:crypto';
import { UserError } from '../../recipe/errors.js';
import type { Instance } from '../../schemas/records.js';
import { seededRandom, shuffled } from '../random.js';

/** From the most to the least held out: an overlap is dropped from the later one. */
export const splits = ['test', 'development', 'verifier', 'train'] as const;
export type Split = (typeof splits)[number];

export interface SplitParams {
  readonly test: readonly string[];
  readonly development: readonly string[];
  /** Repositories, or a share (0 to 1) of the valid instances that are left. */
  readonly verifier: readonly string[] | number;
  readonly keep_invalid: readonly Split[];
  readonly dedupe: readonly ('patch' | 'function')[];
}

export interface Dropped {
  readonly split: Split;
  /** not-valid, or what it shares with which split: `same function as test`. */
  readonly reason: string;
  readonly count: number;
}

export type SplitResult = Readonly<Record<Split, Instance[]>> & {
  readonly dropped: readonly Dropped[];
  /** Repositories that the params name and that have no instance. */
  readonly absent: readonly string[];
};

/** Pure. Throws a UserError where a repository is named for two splits; an Error, a bug, where one ends up in two. */
export function splitInstances(instances: readonly Instance[], params: SplitParams, seed: number): SplitResult {
  const assigned = assign(instances, params, seed);
  const result: Record<Split, Instance[]> = { train: [], verifier: [], development: [], test: [] };
  const counts = new Map<string, number>();
  const drop = (split: Split, reason: string): void =>
    void counts.set(`${split}\n${reason}`, (counts.get(`${split}\n${reason}`) ?? 0) + 1);
  const seen = { patch: new Map<string, Split>(), function: new Map<string, Split>() };

  for (const split of splits) {
    const mine = instances.filter(({ repo }) => (assigned.get(repositoryName(repo)) ?? 'train') === split);
    for (const instance of mine) {
      const shared = params.dedupe.find((kind) => {
        const key = keyOf(instance, kind);
        const where = key === undefined ? undefined : seen[kind].get(key);
        return where !== undefined && where !== split;
      });
      if (shared !== undefined && split !== 'test') {
        drop(split, `same ${shared} as ${seen[shared].get(keyOf(instance, shared) ?? '')}`);
      } else if (instance.status !== 'valid' && !params.keep_invalid.includes(split)) {
        drop(split, 'not valid');
      } else if (
        split === 'train' &&
        params.dedupe.includes('patch') &&
        seen.patch.get(keyOf(instance, 'patch') ?? '') === split
      ) {
        drop(split, 'same patch in train');
      } else {
        result[split].push(instance);
        // Inside a split, equal functions stay: they are different bugs.
        if (split === 'train') remember(instance, split);
      }
    }
    // An invalid instance still tells which code is held out.
    if (split !== 'train') for (const instance of mine) remember(instance, split);
  }

  function remember(instance: Instance, split: Split): void {
    for (const kind of ['patch', 'function'] as const) {
      const key = keyOf(instance, kind);
      if (key !== undefined && !seen[kind].has(key)) seen[kind].set(key, split);
    }
  }

  assertApart(result);
  const known = new Set(instances.map(({ repo }) => repositoryName(repo)));
  const named = [
    ...params.test,
    ...params.development,
    ...(typeof params.verifier === 'number' ? [] : params.verifier),
  ];
  return {
    ...result,
    dropped: [...counts].map(([key, count]) => {
      const [split, reason] = key.split('\n') as [Split, string];
      return { split, reason, count };
    }),
    absent: named.filter((name) => !known.has(repositoryName(name))),
  };
}

function assign(instances: readonly Instance[], params: SplitParams, seed: number): Map<string, Split> {
  const assigned = new Map<string, Split>();
  const name = (repositories: readonly string[], split: Split): void => {
    for (const repository of repositories) {
      const key = repositoryName(repository);
      const other = assigned.get(key);
      if (other !== undefined && other !== split) {
        throw new UserError(
          'split-twice',
          `data/split: ${repository} is named for ${other} and for ${split}. Name it once.`,
        );
      }
      assigned.set(key, split);
    }
  };
  name(params.test, 'test');
  name(params.development, 'development');
  if (typeof params.verifier !== 'number') {
    name(params.verifier, 'verifier');
    return assigned;
  }
  const sizes = new Map<string, number>();
  for (const { repo, status } of instances) {
    const key = repositoryName(repo);
    if (!assigned.has(key)) sizes.set(key, (sizes.get(key) ?? 0) + (status === 'valid' ? 1 : 0));
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const candidates = shuffled([...sizes.keys()].sort(), seededRandom(seed));
  let taken = 0;
  // Whole repositories until the share is reached; the last one always stays for training.
  for (const repository of candidates.slice(0, -1)) {
    if (taken >= params.verifier * total) break;
    assigned.set(repository, 'verifier');
    taken += sizes.get(repository) ?? 0;
  }
  return assigned;
}

function keyOf(instance: Instance, kind: 'patch' | 'function'): string | undefined {
  switch (kind) {
    case 'function':
      return instance.focus.hash;
    case 'patch':
      return instance.patch === ''
        ? undefined
        : createHash('sha256').update(changedLines(instance.patch)).digest('hex');
  }
}

/** The patch without positions. File names and context stay: two functions may well share a changed line. */
function changedLines(patch: string): string {
  return patch
    .split('\n')
    .filter((line) => !/^(diff --git |index |@@ )/.test(line))
    .join('\n');
}

/** Names compare as package indexes compare them: case, dash, dot and underscore are one. */
export function repositoryName(repo: string): string {
  return repo.toLowerCase().replace(/[-_.]+/g, '-');
}

function assertApart(result: Readonly<Record<Split, Instance[]>>): void {
  const owner = new Map<string, Split>();
  for (const split of splits) {
    for (const { repo } of result[split]) {
      const key = repositoryName(repo);
      const other = owner.get(key);
      if (other !== undefined && other !== split) throw new Error(`data/split: ${repo} is in ${other} and in ${split}`);
      owner.set(key, split);
    }
  }
}
