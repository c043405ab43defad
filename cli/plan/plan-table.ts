import type { StagePreview } from '../../engine/explain/preview.js';
import { needsOf } from '../../engine/orders/resolve.js';
import { nameOfSource } from '../../engine/explain/source-names.js';
import type { Plan, PlanInput, PlanNode } from '../../recipe/plan.js';
import { formatDuration } from '../format.js';
import { reasonOf, shortened } from './plan-reason.js';
import { table } from '../table.js';

/** Names of a column longer than this are cut: those of matrix cells are sentences. */
const WIDEST = 60;

/** A line a stage. Without a look at the store: the queue in place of state and reason. */
export function planTable(plan: Plan, previews: readonly StagePreview[] | undefined): string[] {
  if (previews === undefined) {
    const rows = plan.nodes.map((node) => [labelOf(node), usesOf(node), node.queue, readsOf(plan, node)]);
    return table(['STAGE', 'USES', 'QUEUE', 'READS'], rows);
  }
  const rows = plan.nodes.map((node, number) => {
    const preview = previews[number];
    if (preview === undefined) return [labelOf(node)];
    const { state, estimate } = preview;
    return [
      labelOf(node),
      usesOf(node),
      state,
      estimate ? `~${formatDuration(estimate.milliseconds)}` : '',
      reasonOf(preview),
      readsOf(plan, node),
    ];
  });
  return table(['STAGE', 'USES', 'STATE', '>TIME', 'WHY', 'READS'], rows);
}

/** `validate x18`: one node that stands for eighteen stages. */
export function labelOf({ id, standsFor }: PlanNode): string {
  return standsFor === undefined ? id : `${id} x${standsFor}`;
}

/** `text/clean (activities/clean.ts)` where it is not Mortar's own. */
function usesOf({ activity, module }: PlanNode): string {
  return module === undefined ? activity : `${activity} (${module})`;
}

function readsOf(plan: Plan, node: PlanNode): string {
  const reads = Object.values(node.inputs)
    .flat()
    .map((input) => nameOfSource(plan, input));
  const read = new Set(Object.values(node.inputs).flat().flatMap(numberOf));
  const after = needsOf(node)
    .filter((need) => !read.has(need))
    .map((need) => `after ${plan.nodes[need]?.id ?? String(need)}`);
  return shortened(
    [...reads, ...after].map((name) => (name.length > WIDEST ? `${name.slice(0, WIDEST - 3)}...` : name)),
    3,
  );
}

function numberOf(input: PlanInput): number[] {
  if (input.from === 'node') return [input.node];
  return input.from === 'model' && input.model.kind === 'weights' ? [input.model.node] : [];
}
