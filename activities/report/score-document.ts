import type { CalibrationBin } from './statistics/calibration.js';
import type { LeaveOneOut } from './statistics/leave-one-out.js';

/** A mean over instances, as a share 0..1, with its bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Instances it is over. */
  readonly n: number;
}

export interface AtK {
  readonly k: number;
  /** Over all test instances; those not valid, not graded or empty are failures. */
  readonly all: Estimate;
  /** Over the instances whose gold patch validated. */
  readonly valid: Estimate;
  /** k is the number of samples: there is one subset an instance, so the choice of subset has no spread. */
  readonly one_subset: boolean;
}

export interface Selector {
  /** random, majority, shortest, likelihood, oracle, verifier, vote */
  readonly kind: 'random' | 'majority' | 'shortest' | 'likelihood' | 'oracle' | 'verifier' | 'vote';
  /** Of verifier and vote. */
  readonly verifier?: string;
  readonly label: string;
  readonly at: readonly AtK[];
}

export interface VerifierQuality {
  readonly verifier: string;
  readonly judged: number;
  readonly nulls: number;
  readonly missing: number;
  readonly auc: number | null;
  /** Mean over re-rankable instances of the AUC inside the instance: what re-ranking lives on. */
  readonly auc_within: number | null;
  readonly brier: number | null;
  readonly calibration_error: number | null;
  readonly calibration: readonly CalibrationBin[];
}

export interface BudgetRow {
  readonly budget: number;
  readonly pass_at_1: Estimate;
  /** Mean of turns taken up to the budget. */
  readonly turns: number;
}

export interface ScoreRow {
  readonly name: string;
  /** Rollouts an instance. */
  readonly samples: number;
  readonly rollouts: number;
  /** By the verdict's status; `missing` has no verdict, `instance_not_valid` counts as failure whatever the verdict says. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly pass_at_1: Estimate;
  readonly pass_at_1_valid: Estimate;
  readonly leave_one_out: LeaveOneOut | null;
  readonly by_repo: Readonly<Record<string, { readonly instances: number; readonly pass_at_1: number }>>;
  /** Share of rollouts with at least one applied edit, and share of those that resolve. Their product is Pass@1. */
  readonly valid_call_rate: number;
  readonly fix_given_valid: number | null;
  readonly turns: number;
  readonly tokens: number;
  /** Share of instances with right and wrong attempts: where a verifier can do anything. */
  readonly rerankable: number;
  readonly selectors: readonly Selector[];
  readonly verifiers: readonly VerifierQuality[];
  readonly budgets: readonly BudgetRow[];
}

export type Wording = 'supported' | 'not resolved' | 'contradicted';

export interface Comparison {
  readonly label: string;
  readonly left: string;
  readonly right: string;
  /** right - left */
  readonly difference: Estimate;
  readonly p: number;
  readonly p_holm: number;
  readonly wording: Wording;
  /** Smallest detectable difference at 80 % power, alpha 0.05. */
  readonly detectable: number;
  readonly leave_one_out: LeaveOneOut | null;
}

/** One record of kind `score`. */
export interface ScoreDocument {
  readonly mortar: 1;
  readonly settings: {
    readonly k: readonly number[];
    readonly budgets: readonly number[];
    readonly interval: number;
    readonly cluster: string;
    readonly pairs: readonly (readonly [string, string])[];
    readonly resamples: number;
    readonly seed: number;
  };
  readonly instances: {
    readonly total: number;
    readonly valid: number;
    readonly by_status: Readonly<Record<string, number>>;
    readonly by_repo: Readonly<Record<string, number>>;
    readonly by_reason: Readonly<Record<string, number>>;
    /** sha256 over the ids: cells with another one cannot be compared. */
    readonly digest: string;
  };
  readonly rows: readonly ScoreRow[];
  readonly comparisons: readonly Comparison[];
  /** Pairs that were asked for and could not be made, with why. */
  readonly skipped: readonly { readonly pair: string; readonly reason: string }[];
  /** Instances in the order of `values`. */
  readonly ids: readonly string[];
  readonly clusters: readonly string[];
  /** By metric (`sft.pass_at_1`, `sft.best_at_8.generative`): one value an instance, for pairing across cells. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}
