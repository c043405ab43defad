import type { Plan } from '../../recipe/plan.js';
import { needsOf, readsOf } from './resolve.js';

export interface PlanGraph {
  readonly needs: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
  /** Nodes whose outputs another one reads. */
  readonly read: ReadonlySet<number>;
}

const graphs = new WeakMap<Plan, PlanGraph>();

/** Both directions of the edges, made once a plan: a chain of thousands is walked in steps, not in scans. */
export function graphOf(plan: Plan): PlanGraph {
  const known = graphs.get(plan);
  if (known) return known;
  const needs = plan.nodes.map(needsOf);
  const dependents: number[][] = plan.nodes.map(() => []);
  needs.forEach((numbers, node) => {
    for (const need of numbers) dependents[need]?.push(node);
  });
  const read = new Set(plan.nodes.flatMap((node) => readsOf(node).map(([above]) => above)));
  const graph = { needs, dependents, read };
  graphs.set(plan, graph);
  return graph;
}
