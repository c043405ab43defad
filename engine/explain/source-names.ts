import type { Plan, PlanInput } from '../../recipe/plan.js';

/** What people call an input: `split.train`, `data/posts.jsonl`, `scripted:teacher`. */
export function nameOfSource(plan: Plan, input: PlanInput): string {
  const output = (node: number, name: string): string => `${plan.nodes[node]?.id ?? String(node)}.${name}`;
  switch (input.from) {
    case 'node':
      return output(input.node, input.output);
    case 'file':
      return input.path;
    case 'model':
      switch (input.model.kind) {
        case 'scripted':
          return `scripted:${input.model.name}`;
        case 'weights':
          return output(input.model.node, input.model.output);
        case 'endpoint':
          return input.model.model;
        case 'hub':
          return input.model.hub;
      }
  }
}
