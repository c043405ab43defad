import { describe, expect, test } from 'vitest';
import { digestOf } from '../../recipe/canonical.js';
import { checkRecipe } from '../../recipe/check.js';
import { type KeyInput, type KeyModel, keyDocument, keyOf, servedLength } from '../../recipe/key.js';
import type { PlanInput, PlanModel, PlanNode } from '../../recipe/plan.js';
import { corpus } from './fuzz/corpus.js';
import { mutations, requestOf } from './fuzz/mutation.js';
import fc from 'fast-check';

describe('the identity of a node', () => {
  test('is the key of its work, with the identities of what it reads in the place of digests', () => {
    const all = corpus();
    let seen = 0;
    fc.assert(
      fc.property(mutations, (mutation) => {
        const nodes = checkRecipe(requestOf(all, { ...mutation, structure: [], bytes: [] })).plan?.nodes ?? [];
        for (const node of nodes) expect(node.identity, node.id).toBe(identityOf(node, nodes));
        seen += nodes.length;
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(seen).toBeGreaterThan(1_000);
  });
});

function identityOf(node: PlanNode, nodes: readonly PlanNode[]): string {
  const artifact = (number: number, output: string): string => digestOf({ identity: nodes[number]?.identity, output });
  const model = (given: PlanModel): KeyModel => {
    switch (given.kind) {
      case 'scripted':
        return { scripted: given.name };
      case 'endpoint':
        return { model: given.model, revision: given.revision ?? null };
      case 'hub':
        return { hub: given.hub, revision: given.revision ?? null, max_length: servedLength(given.serve) };
      case 'weights':
        return { weights: artifact(given.node, given.output), max_length: servedLength(given.serve) };
    }
  };
  const source = (input: PlanInput): KeyInput => {
    switch (input.from) {
      case 'node':
        return { digest: artifact(input.node, input.output), key: input.key };
      case 'file':
        return { digest: input.digest };
      case 'model':
        return { model: model(input.model) };
    }
  };
  return keyOf(
    keyDocument({
      activity: node.activity,
      version: node.version,
      code: node.code,
      with: node.with,
      inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, inputs]) => [name, inputs.map(source)])),
      nonce: node.nonce,
    }),
  );
}
