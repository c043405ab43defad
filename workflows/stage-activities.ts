import type { DirectInput, DirectOutcome } from './direct.js';

/** Memo of a stage's workflow: the queue that its work waits on. */
export const QUEUE = 'queue';
/** Memo of a map's workflow: items finished by the shards that have ended, and before the attempt. */
export const FINISHED = 'finished';

/** Activities on a resource queue. */
export interface StageActivities {
  execute(input: { readonly order: string; readonly attempt: number }): Promise<void>;
  executeShard(input: ShardInput): Promise<ShardResult>;
  assemble(input: { readonly order: string; readonly attempt: number }): Promise<void>;
  /** Does what of a batch nobody else is at, and says of each stage what became of it. */
  executeDirect(input: DirectInput): Promise<DirectOutcome[]>;
}

export interface ItemSplit {
  /** Items of the stage. */
  readonly total: number;
  /** Of them, those that need no more work. */
  readonly finished: number;
  /** Of those, the ones that failed by their own fault. */
  readonly subject: number;
  /** Items in each shard. */
  readonly shards: readonly number[];
}

export interface ShardInput {
  readonly order: string;
  readonly shard: number;
  readonly attempt: number;
  /** Items of the whole stage, and those finished when this shard was scheduled: for progress. */
  readonly total: number;
  readonly before: number;
  /** Bad items that this shard may still record; undefined: no limit. */
  readonly allowance?: number;
}

export interface ShardResult {
  readonly finished: number;
  readonly subject: number;
  readonly infrastructure: number;
  readonly unknown: number;
}
