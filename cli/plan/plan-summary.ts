import type { PlanEstimate } from '../../engine/explain/estimate.js';
import type { PlanPreview, StagePreview } from '../../engine/explain/preview.js';
import { renderDifference } from '../../recipe/explain/explain.js';
import type { Plan } from '../../recipe/plan.js';
import { formatDuration } from '../format.js';
import { shortened } from './plan-reason.js';

export interface PlanLook {
  readonly preview?: PlanPreview;
  readonly estimate?: PlanEstimate;
  /** Why there are none. */
  readonly why?: string;
}

/** What stands under the table: how much work there is, how long it took before, what was left out. */
export function summary(plan: Plan, { preview, estimate, why }: PlanLook): string[] {
  const all = plan.nodes.reduce((sum, node) => sum + (node.standsFor ?? 1), 0);
  const profile = plan.profile === null ? '' : `, profile ${plan.profile}`;
  const collapsed = all > plan.nodes.length ? `, standing for ${all}: equal work is done once` : '';
  const lines = ['', `${plan.name}${profile}: ${plan.nodes.length} stages${collapsed}.`];
  for (const node of plan.nodes.filter(({ aliases }) => aliases.length > 0).slice(0, 10))
    lines.push(`${node.id} is also ${shortened(node.aliases, 4)}.`);
  if (preview) {
    const count = (state: StagePreview['state']): number => preview.stages.filter((one) => one.state === state).length;
    const unknown = count('unknown') > 0 ? `, ${count('unknown')} unknown` : '';
    lines.push(`${count('cached')} cached, ${count('to run')} to run, ${count('waiting')} waiting for them${unknown}.`);
    const { run, params } = preview.since ?? { run: '', params: [] };
    if (params.length > 0) lines.push(`Params since ${run}: ${shortened(params.map(renderDifference), 6)}.`);
  } else if (why !== undefined) lines.push(`No store reached: cached or not is not known (${why}).`);
  if (estimate && estimate.milliseconds > 0) {
    const { milliseconds, unknown, slots } = estimate;
    const untimed =
      unknown > 0 ? `, and ${unknown} ${unknown === 1 ? 'stage that was' : 'stages that were'} never timed` : '';
    const shown = Object.entries(slots).map(([queue, number]) => `${queue}=${number}`);
    lines.push(`An estimate by past runs: ${formatDuration(milliseconds)} with slots ${shown.join(',')}${untimed}.`);
  }
  for (const { id, line, reason } of plan.pruned) lines.push(`Pruned: ${id} (line ${line}: ${reason}).`);
  return lines;
}
