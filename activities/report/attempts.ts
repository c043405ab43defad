import type { Instance, Judgement, Verdict } from '../../schemas/records.js';

export interface Attempt {
  readonly sample: number;
  /** Resolved, on an instance that is valid. */
  readonly right: boolean;
  readonly status: Verdict['status'] | 'missing';
  /** Digest of the patch; null where there is none. */
  readonly patch: string | null;
  readonly size: number;
  readonly logprob: number | null;
  readonly turns: number;
  readonly tokens: number;
  readonly validCall: boolean;
  readonly budgets: Readonly<Record<string, boolean>>;
  /** By verifier; null: the verifier said neither; absent: not judged. */
  readonly scores: Readonly<Record<string, number | null>>;
}

export interface RowAttempts {
  readonly name: string;
  readonly samples: number;
  /** By instance, in the order of the instances; each has `samples` attempts, missing ones as failures. */
  readonly attempts: readonly (readonly Attempt[])[];
}

export interface NamedVerdict {
  readonly row: string;
  readonly verdict: Verdict;
}

export interface NamedJudgement {
  readonly verifier: string;
  readonly judgement: Judgement;
}

/** Joins by row, instance and sample. Verdicts of instances that are not among the test instances do not count. */
export function attemptsByRow(
  instances: readonly Instance[],
  verdicts: readonly NamedVerdict[],
  judgements: readonly NamedJudgement[],
): RowAttempts[] {
  const scores = new Map<string, Record<string, number | null>>();
  for (const { verifier, judgement } of judgements) {
    const key = attemptKey(judgement.row, judgement.instance_id, judgement.sample);
    const own = scores.get(key) ?? {};
    own[verifier] = judgement.score;
    scores.set(key, own);
  }
  const rows = new Map<string, Map<string, Verdict>>();
  const samples = new Map<string, number>();
  const known = new Set(instances.map(({ instance_id }) => instance_id));
  for (const { row, verdict } of verdicts) {
    if (!rows.has(row)) rows.set(row, new Map());
    if (!known.has(verdict.instance_id)) continue;
    rows.get(row)?.set(attemptKey(row, verdict.instance_id, verdict.sample), verdict);
    samples.set(row, Math.max(samples.get(row) ?? 0, verdict.sample + 1));
  }
  return [...rows].map(([name, byKey]) => {
    const count = samples.get(name) ?? 0;
    const attempts = instances.map((instance) =>
      Array.from({ length: count }, (_, sample) => {
        const key = attemptKey(name, instance.instance_id, sample);
        return attempt(instance, sample, byKey.get(key), scores.get(key) ?? {});
      }),
    );
    return { name, samples: count, attempts };
  });
}

function attempt(
  instance: Instance,
  sample: number,
  verdict: Verdict | undefined,
  scores: Record<string, number | null>,
): Attempt {
  const valid = instance.status === 'valid';
  if (verdict === undefined) {
    return {
      sample,
      right: false,
      status: 'missing',
      patch: null,
      size: 0,
      logprob: null,
      turns: 0,
      tokens: 0,
      validCall: false,
      budgets: {},
      scores,
    };
  }
  const budgets = Object.entries(verdict.budgets ?? {}).map(([budget, right]) => [budget, right && valid] as const);
  return {
    sample,
    right: verdict.resolved && valid,
    status: verdict.status,
    patch: verdict.patch_size === 0 || verdict.status === 'empty_patch' ? null : verdict.patch_digest,
    size: verdict.patch_size,
    logprob: verdict.logprob ?? null,
    turns: verdict.turns,
    tokens: verdict.tokens,
    validCall: verdict.valid_call,
    budgets: Object.fromEntries(budgets),
    scores,
  };
}

function attemptKey(row: string, instance: string, sample: number): string {
  return `${row}\n${instance}\n${sample}`;
}
