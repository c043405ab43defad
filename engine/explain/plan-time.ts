import type { Plan } from '../../recipe/plan.js';
import { estimateTime, type PlanEstimate } from './estimate.js';
import type { StagePreview } from './preview.js';
import { needsOf } from '../orders/resolve.js';

/** How long a run of the plan would take at least, by what past runs took; what is cached takes no time. */
export function estimatePlan(
  plan: Plan,
  previews: readonly StagePreview[],
  slots: Readonly<Record<string, number>>,
): PlanEstimate {
  return estimateTime(
    plan.nodes.map((node, number) => {
      const preview = previews[number];
      const duration = preview?.state === 'cached' ? 0 : preview?.estimate?.milliseconds;
      return { needs: needsOf(node), queue: node.queue, duration };
    }),
    slots,
  );
}
