import type { Attempt } from './attempts.js';
import type { Selector } from './score-document.js';
import { bestAtK } from './statistics/best-at-k.js';
import { passAtK } from './statistics/pass-at-k.js';
import { voteAtK } from './statistics/vote-at-k.js';

/** A rule that picks one of k attempts, and the expected correctness of its pick on one instance. */
export interface Rule {
  readonly kind: Selector['kind'];
  readonly verifier?: string;
  readonly label: string;
  /** Null where k is more than there are attempts. */
  value(attempts: readonly Attempt[], k: number): number | null;
}

export function selectionRules(verifiers: readonly string[], hasLikelihood: boolean): Rule[] {
  const best = (attempts: readonly Attempt[], k: number, score: (one: Attempt) => number | null): number | null =>
    bestAtK(
      // An empty patch is never right: no selector takes one while another stands.
      attempts.map((one) => ({ score: one.patch === null ? null : score(one), right: one.right })),
      k,
    );
  const vote = (attempts: readonly Attempt[], k: number, weight: (one: Attempt) => number): number | null =>
    voteAtK(
      attempts.map((one) => ({ patch: one.patch, weight: weight(one), right: one.right })),
      k,
    );
  return [
    {
      kind: 'random',
      label: 'Random@K (mean Pass@1)',
      value: (attempts, k) => (k > attempts.length ? null : passAtK(attempts.length, rightOnes(attempts), 1)),
    },
    { kind: 'majority', label: 'majority patch', value: (attempts, k) => vote(attempts, k, () => 1) },
    { kind: 'shortest', label: 'shortest patch', value: (attempts, k) => best(attempts, k, ({ size }) => -size) },
    ...(hasLikelihood
      ? [
          {
            kind: 'likelihood' as const,
            label: 'policy log-likelihood',
            value: (attempts: readonly Attempt[], k: number) => best(attempts, k, ({ logprob }) => logprob),
          },
        ]
      : []),
    ...verifiers.flatMap((verifier): Rule[] => [
      {
        kind: 'verifier',
        verifier,
        label: `Best@K, ${verifier} verifier`,
        value: (attempts, k) => best(attempts, k, ({ scores }) => scores[verifier] ?? null),
      },
      {
        kind: 'vote',
        verifier,
        label: `vote weighted by the ${verifier} verifier`,
        value: (attempts, k) => vote(attempts, k, ({ scores }) => scores[verifier] ?? 0),
      },
    ]),
    {
      kind: 'oracle',
      label: 'Pass@K (oracle)',
      value: (attempts, k) => passAtK(attempts.length, rightOnes(attempts), k),
    },
  ];
}

export function rightOnes(attempts: readonly Attempt[]): number {
  return attempts.filter(({ right }) => right).length;
}

/** Name of a rule's values: `best_at_8.generative`. */
export function metricName(rule: Rule, k: number): string {
  switch (rule.kind) {
    case 'random':
      return 'pass_at_1';
    case 'oracle':
      return `pass_at_${k}`;
    case 'verifier':
      return `best_at_${k}.${rule.verifier ?? ''}`;
    case 'vote':
      return `vote_at_${k}.${rule.verifier ?? ''}`;
    case 'majority':
    case 'shortest':
    case 'likelihood':
      return `${rule.kind}_at_${k}`;
  }
}
