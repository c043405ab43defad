import type { Plan, PlanNode } from '../recipe/plan.js';

export interface Needs {
  /** Instance code runs: a sandbox must work. */
  readonly sandbox: boolean;
  /** Models are trained or served on this machine: the training packages must be there. */
  readonly trainer: boolean;
}

/** What a plan needs of the machine besides Temporal and S3. */
export function needsOf(plan: Plan): Needs {
  return {
    sandbox: plan.nodes.some(({ queue }) => queue === 'sandbox'),
    trainer: plan.nodes.some((node) => trains(node) || servesLocally(node)),
  };
}

function trains({ activity }: PlanNode): boolean {
  return activity.startsWith('sft/') || activity.startsWith('tts/');
}

function servesLocally({ inputs }: PlanNode): boolean {
  return Object.values(inputs)
    .flat()
    .some(
      (input) =>
        input.from === 'model' &&
        (input.model.kind === 'weights' || input.model.kind === 'hub') &&
        (input.model.serve['engine'] ?? 'local') === 'local',
    );
}
