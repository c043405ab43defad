import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../../recipe/check/check.js';
import { identitiesOf } from '../../../recipe/node-identities.js';
import { corpus } from '../fuzz/corpus.js';
import { mutations, requestOf } from '../fuzz/mutation.js';

describe('the identities of nodes', () => {
  test('are all different: what is equal work has become one node', () => {
    const all = corpus();
    let seen = 0;
    fc.assert(
      fc.property(mutations, (mutation) => {
        const nodes = checkRecipe(requestOf(all, { ...mutation, structure: [], bytes: [] })).plan?.nodes ?? [];
        const decided = nodes.filter(
          ({ expect, approve, needs }) => expect === undefined && !approve && needs.length === 0,
        );
        const identities = identitiesOf(nodes);
        const of = decided.map((node) => identities[nodes.indexOf(node)]);
        expect(new Set(of).size).toBe(decided.length);
        seen += decided.length;
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(seen).toBeGreaterThan(1_000);
  });
});
