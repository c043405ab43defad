import type { PlanNode } from '../../recipe/plan.js';
import { Remembered } from '../../recipe/remembered.js';
import { readsOf, type Upstream } from '../orders/resolve.js';

const MOST_REMEMBERED = 50_000;
/** Milliseconds for which bytes that were there are taken to be there. */
const SEEN_LASTS = 60_000;

/** Looks for the bytes that a stage is about to read, where nobody has looked since an earlier run's record was believed. */
export class LostInputs {
  /** When an artifact was last there in full, by its digest. */
  readonly #seen = new Remembered<number>(MOST_REMEMBERED);

  /**
   * Numbers of nodes whose outputs, as far as this node reads them, are not there in full.
   * @param isSuspect whether a node's result may only have been believed
   * @param complete whether an artifact is there in full
   */
  async of(
    node: PlanNode,
    upstream: ReadonlyMap<number, Upstream>,
    isSuspect: (node: number) => boolean,
    complete: (digest: string) => Promise<boolean>,
  ): Promise<number[]> {
    const lost = new Set<number>();
    for (const [number, name] of readsOf(node)) {
      const above = upstream.get(number);
      const digest = above?.state === 'finished' ? above.outputs[name]?.digest : undefined;
      if (digest === undefined || !isSuspect(number)) continue;
      if (Date.now() - (this.#seen.get(digest) ?? -Infinity) < SEEN_LASTS) continue;
      if (await complete(digest)) this.#seen.set(digest, Date.now());
      else lost.add(number);
    }
    return [...lost];
  }
}
