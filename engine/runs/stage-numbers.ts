import { UserError } from '../../recipe/errors.js';
import type { Plan } from '../../recipe/plan.js';

/** Nodes of an address; where there is none, all instances of a stage of that name. */
export function stageNumbers(plan: Plan, stage: string): number[] {
  const matching = (matches: (address: string) => boolean): number[] =>
    plan.nodes.flatMap(({ id, aliases }, number) => ([id, ...aliases].some(matches) ? [number] : []));
  const exact = matching((address) => address === stage);
  return exact.length > 0 ? exact : matching((address) => address.replace(/\[[^\]]*\]|@.*$/g, '') === stage);
}

/** The node with this address. @throws UserError where there is none */
export function stageNumber(plan: Plan, stage: string, runId: string): number {
  const number = plan.nodes.findIndex((node) => node.id === stage || node.aliases.includes(stage));
  if (number >= 0) return number;
  throw new UserError(
    'stage-unknown',
    `Run ${runId} has no stage ${stage}. It has ${plan.nodes
      .slice(0, 40)
      .map(({ id }) => id)
      .join(', ')}${plan.nodes.length > 40 ? ', ...' : ''}.`,
  );
}
