import { CLAIM_LEFT } from '../../artifacts/claims.js';
import type { Store } from '../../artifacts/open.js';
import type { WorkOrder } from '../orders/order.js';

/**
 * Does work that nobody else does at the same time, unless its result is there.
 * @param missedAt when the result was last looked for in vain, milliseconds since 1970, by the clock of any worker
 * @returns busy: somebody else is at it
 */
export async function doClaimed(
  { claims, stages }: Pick<Store, 'claims' | 'stages'>,
  { key }: WorkOrder,
  owner: string,
  { missedAt = -Infinity }: { missedAt?: number },
  work: () => Promise<void>,
): Promise<'committed' | 'busy'> {
  const claim = await claims.take(key, owner);
  const committed = async (): Promise<boolean> => (await stages.find(key)) !== undefined;
  if (!claim) return (await committed()) ? 'committed' : 'busy';
  try {
    // Who commits has had a claim, and it would still be there: since that look nobody has.
    const knownMissing = claim.first && Date.now() - missedAt < CLAIM_LEFT / 2;
    if (knownMissing || !(await committed())) await work();
  } catch (error) {
    await claim.free().catch(() => undefined);
    throw error;
  }
  claim.committed();
  return 'committed';
}
