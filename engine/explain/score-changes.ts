import type { Estimate, ScoreDocument } from '../../activities/report/score-document.js';
import type { Store } from '../../artifacts/open.js';
import type { NodeRecord } from '../../artifacts/run-record.js';
import { isInfrastructureError } from '../../recipe/errors.js';

/** A score with its interval, before and after; shares 0..1. */
export interface ScoreChange {
  readonly stage: string;
  /** `sft Pass@1`, `sft verifier@8`. */
  readonly name: string;
  readonly before?: Estimate;
  readonly after?: Estimate;
  /** False: over other instances, so their difference says nothing. */
  readonly comparable: boolean;
}

/** Scores that are not the same in two results of a stage. */
export async function scoreChanges(
  store: Store,
  stage: string,
  before: NodeRecord | undefined,
  after: NodeRecord | undefined,
): Promise<ScoreChange[]> {
  const digests = [before, after].map((record) =>
    Object.values(record?.outputs ?? {}).find(({ kind }) => kind === 'score'),
  );
  if (digests.every((one) => one === undefined) || digests[0]?.digest === digests[1]?.digest) return [];
  const [old, now] = await Promise.all(digests.map(async (one) => (one ? read(store, one.digest) : undefined)));
  const [was, is] = [estimatesOf(old), estimatesOf(now)];
  const comparable = old !== undefined && now !== undefined && old.instances.digest === now.instances.digest;
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((name) => JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name)))
    .map((name) => {
      const [left, right] = [was.get(name), is.get(name)];
      return { stage, name, ...(left ? { before: left } : {}), ...(right ? { after: right } : {}), comparable };
    });
}

/** Pass@1 of every row, and every selector at its largest k. */
export function estimatesOf(score: ScoreDocument | undefined): Map<string, Estimate> {
  const estimates = new Map<string, Estimate>();
  for (const { name, pass_at_1: mean, selectors, samples } of score?.rows ?? []) {
    estimates.set(`${name} Pass@1`, mean);
    if (samples < 2) continue;
    for (const { label, at } of selectors) {
      const last = at.at(-1);
      if (last) estimates.set(`${name} ${label}@${last.k}`, last.all);
    }
  }
  return estimates;
}

async function read(store: Store, digest: string): Promise<ScoreDocument | undefined> {
  try {
    for await (const score of store.artifacts.records<ScoreDocument>(digest)) return score;
  } catch (error) {
    // A result whose bytes were collected has no numbers any more; the rest can still be compared.
    if (!isInfrastructureError(error) || !error.code.startsWith('blob-')) throw error;
  }
  return undefined;
}
