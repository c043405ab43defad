import type { Cell } from '../matrix/cell.js';
import { CellPlanner } from '../planning/cell-planner.js';
import type { CheckRequest } from './check-request.js';
import type { Entry } from '../syntax/entry.js';
import { checkForbid } from '../planning/forbid.js';
import type { Recipe } from '../load/load.js';
import { idleAxes } from '../matrix/matrix.js';
import type { Param } from '../params/param.js';
import { paramValues } from '../params/param-values.js';
import type { Plan } from '../plan.js';
import type { Planner, PlannerOptions } from '../planning/planner.js';
import type { Reporter } from '../syntax/reporter.js';
import { didYouMean, suggest } from '../suggest.js';
import { targetsOf } from '../planning/targets.js';

/** Without a matrix there is one, and it has no name. */
export interface PlannedCell {
  readonly cell: Cell | undefined;
  readonly params: ReadonlyMap<string, Param>;
  readonly planner: Planner;
}

/** Plans the stages of one cell, or those that its targets need. */
export function planCell(
  request: CheckRequest,
  recipe: Recipe,
  params: ReadonlyMap<string, Param>,
  cell: string,
  profile: string | null,
  reporter: Reporter,
  shared: Pick<PlannerOptions, 'count' | 'identities' | 'policies'>,
): Planner {
  const planner = new CellPlanner({
    recipe,
    activities: request.activities,
    modules: request.modules,
    params: paramValues(params, request.readFileDigest, reporter),
    cell,
    reporter,
    files: request,
    profile,
    above: [request.file],
    ...shared,
  });
  if (recipe.targets) planTargets(planner, recipe, recipe.targets, reporter);
  else for (const name of recipe.stages.keys()) planner.root.stage(name);
  for (const forbid of recipe.forbid) checkForbid(planner, forbid);
  return planner;
}

function planTargets(planner: Planner, recipe: Recipe, targets: Entry, reporter: Reporter): void {
  for (const [index, name] of targetsOf(recipe).entries()) {
    if (planner.root.stage(name) !== undefined) continue;
    const meant = suggest(name, recipe.stages.keys());
    reporter.error(
      { ...targets.place, path: [...targets.place.path, index] },
      'unknown-stage',
      `There is no stage \`${name}\`${didYouMean(meant) || '.'}`,
      meant,
    );
  }
}

/** Stages that were pruned; one that is pruned in some cells only is called by its cell. */
export function prunedIn(planned: readonly PlannedCell[]): Plan['pruned'] {
  const times = new Map<string, number>();
  for (const { planner } of planned)
    for (const id of new Set(planner.pruned.map((entry) => entry.id))) times.set(id, (times.get(id) ?? 0) + 1);
  const pruned = new Map<string, Plan['pruned'][number]>();
  for (const { cell, planner } of planned) {
    for (const entry of planner.pruned) {
      const id = cell && times.get(entry.id) !== planned.length ? `${entry.id}@${cell.label}` : entry.id;
      pruned.set(id, { ...entry, id });
    }
  }
  return [...pruned.values()];
}

/** Axes whose cells come to the same work. */
export function warnOfIdleAxes(matrix: Entry, planned: readonly PlannedCell[], reporter: Reporter): void {
  const cells = planned.flatMap(({ cell }) => (cell ? [cell] : []));
  const stages = planned.map(({ planner }) => new Set(planner.drafts.map(({ work }) => work)));
  for (const axis of idleAxes(cells, stages)) {
    reporter.warn(
      { ...matrix.place, path: [...matrix.place.path, axis], key: true },
      'idle-axis',
      `Axis \`${axis}\` changes no stage: its cells are the same work. Use the param somewhere, or drop the axis.`,
    );
  }
}
