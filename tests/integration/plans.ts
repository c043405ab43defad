import { digestOf } from '../../recipe/canonical.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Plan, PlanInput, PlanNode } from '../../recipe/plan.js';

export function testPlan(nodes: readonly Partial<PlanNode>[]): Plan {
  return {
    mortar: 1,
    name: 'test',
    profile: null,
    recipe: digestOf('recipe'),
    params: {},
    origins: {},
    pruned: [],
    nodes: nodes.map((node, number) => ({
      id: `node${number}`,
      aliases: [],
      activity: 'test/numbers',
      version: 1,
      inputs: {},
      with: {},
      needs: [],
      queue: 'cpu',
      retry: { attempts: 1, backoff: 10 },
      items: {},
      sandbox: {},
      approve: false,
      line: number + 1,
      ...node,
    })),
  };
}

export function output(node: number, name: string): PlanInput {
  return { from: 'node', node, output: name, key: '' };
}

/** numbers -> square -> sum */
export function squares(n: number, square: JsonObject = {}, more: Partial<PlanNode> = {}): Plan {
  return testPlan([
    { id: 'numbers', activity: 'test/numbers', with: { n } },
    { id: 'square', activity: 'test/square', with: square, inputs: { numbers: [output(0, 'numbers')] }, ...more },
    { id: 'sum', activity: 'test/sum', inputs: { squares: [output(1, 'squares')] } },
  ]);
}

/** A chain in which each stage needs the one before. */
export function chain(length: number): Plan {
  return testPlan(
    Array.from({ length }, (_, number) => ({
      id: `link${number}`,
      with: { n: 1, number },
      needs: number === 0 ? [] : [number - 1],
    })),
  );
}
