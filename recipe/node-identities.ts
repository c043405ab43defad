import { digestOf } from './canonical.js';
import { type KeyInput, keyDocument, keyModel, keyOf } from './key.js';
import type { PlanInput, PlanModel, PlanNode } from './plan.js';

/**
 * Of each node the key of its work, with the identity of a node that it reads in the place of the digest that only a run knows: equal
 * work has equal identities, in this plan and in another one.
 */
export function identitiesOf(nodes: readonly PlanNode[]): string[] {
  const identities: string[] = [];
  // Nodes stand after those that they read.
  for (const { activity, version, code, with: values, inputs, nonce } of nodes) {
    const document = keyDocument({
      activity,
      version,
      code,
      with: values,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, sources]) => [name, sources.map(source)])),
      nonce,
    });
    identities.push(keyOf(document));
  }
  return identities;

  function artifact(node: number, output: string): string {
    return digestOf({ identity: identities[node] ?? '', output });
  }

  function source(input: PlanInput): KeyInput {
    switch (input.from) {
      case 'node':
        return { digest: artifact(input.node, input.output), key: input.key };
      case 'file':
        return { digest: input.digest };
      case 'model':
        return { model: keyModel(model(input.model)) };
    }
  }

  function model(given: PlanModel): Parameters<typeof keyModel>[0] {
    return given.kind === 'weights' ? { ...given, digest: artifact(given.node, given.output) } : given;
  }
}
