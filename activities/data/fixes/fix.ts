import type { Checkout, Instance } from '../../../schemas/records.js';
import type { ActivityContext } from '../../activity.js';

export type Origin = NonNullable<Instance['origin']>;

/** A change that mends something and tests it, and the tree that it was made on. */
export interface Fix {
  readonly instance_id: string;
  readonly base: Checkout;
  readonly patch: string;
  readonly test_patch: string;
  /** As its author wrote it: still to be cut to what may be told. */
  readonly text: string;
  readonly hints_text?: string;
  readonly created_at?: string;
  readonly origin: Origin;
}

/** A change, or a repository, that gives no instance. */
export interface Rejection {
  /** Stable, counted. */
  readonly reason: string;
  readonly message: string;
}

export type Mined = { readonly fix: Fix } | { readonly rejection: Rejection };

export interface MiningLimits {
  /** Fixes of one repository, changes looked at, files and lines of the gold patch: at most. */
  readonly per_repository: number;
  readonly scanned: number;
  readonly files: number;
  readonly lines: number;
}

export interface MiningParams {
  readonly from: Origin['from'];
  readonly since: string | null;
  readonly until: string | null;
  readonly limits: MiningLimits;
  readonly remote: string;
  readonly api: string;
  readonly token: { readonly secret: string } | null;
  /** Milliseconds for one git command over the network, and for one request. */
  readonly timeout: number;
}

export interface MiningJob {
  readonly checkout: Checkout;
  /** The checkouts of this repository that were given: what is pinned is not looked up. */
  readonly given: readonly Checkout[];
  readonly params: MiningParams;
  readonly context: ActivityContext;
}

/** Looks at the changes of one checkout's repository, the newest first. Throws an InfrastructureError where a service does not answer. */
export type Miner = (job: MiningJob) => AsyncGenerator<Mined, void, undefined>;

export function rejected(reason: string, message: string): { readonly rejection: Rejection } {
  return { rejection: { reason, message } };
}

/** Whether a change was made in the wanted time; one of an unknown time is let in. */
export function inTime(time: string | undefined, { since, until }: Pick<MiningParams, 'since' | 'until'>): boolean {
  if (time === undefined) return true;
  const at = Date.parse(time);
  return (since === null || at >= Date.parse(since)) && (until === null || at < Date.parse(until));
}
