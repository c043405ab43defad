import type { Store } from '../../artifacts/open.js';
import type { Failure } from '../../artifacts/run-record.js';
import { hexOf } from '../../artifacts/digest.js';
import type { StagePolicy } from '../../workflows/stage-messages.js';
import { orderName, type WorkOrder } from '../orders/order.js';

/** What a run itself asked for, where the work was done under somebody else's policy. */
export async function ownPolicy(
  store: Store,
  runId: string,
  node: number,
  under: StagePolicy,
): Promise<StagePolicy | undefined> {
  if (under.order.startsWith(`runs/${runId}/orders/${node}-`)) return undefined;
  const theirs = await store.objects.get(under.order);
  if (!theirs) return undefined;
  const { key } = JSON.parse(theirs.toString('utf8')) as WorkOrder;
  const name = orderName(runId, node, hexOf(key));
  const bytes = await store.objects.get(name);
  if (!bytes) return undefined;
  const { retry, timeout, items } = JSON.parse(bytes.toString('utf8')) as WorkOrder;
  return { order: name, attempts: retry.attempts, timeout, maxFailures: items.max_failures };
}

/** Whether work that failed under one policy may succeed under another. */
export function isWeaker(under: StagePolicy, own: StagePolicy, failure: Failure): boolean {
  if (failure.class === 'user') return false;
  if (failure.code === 'timeout') return (own.timeout ?? Infinity) > (under.timeout ?? Infinity);
  if (failure.code === 'too-many-failures') return own.attempts > under.attempts || allowsMore(under, own);
  return own.attempts > under.attempts;
}

/** Without a limit a stage takes bad items of their own fault, and no others: neither is more than the other. */
function allowsMore({ maxFailures: before }: StagePolicy, { maxFailures: own }: StagePolicy): boolean {
  if (!before || !own) return before !== own;
  if ('share' in before) return 'share' in own ? own.share > before.share : true;
  return 'count' in own ? own.count > before.count : true;
}
