import fc from 'fast-check';
import type { CheckRequest } from '../../../recipe/index.js';
import { type ByteChange, byteKinds, changeBytes } from './bytes.js';
import type { Base } from './corpus.js';
import { type StructureChange, changeValues, structureKinds, textOf, valuesOf } from './structure.js';
import { names, values } from './words.js';

/** How a recipe of the corpus is changed, and how it is asked for. */
export interface Mutation {
  readonly base: number;
  readonly donor: number;
  readonly structure: readonly StructureChange[];
  readonly style: number;
  readonly bytes: readonly ByteChange[];
  readonly ask: number;
}

const number = fc.nat(1_000_000);

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  base: number,
  donor: number,
  structure: fc.array(
    fc.record({ kind: fc.constantFrom(...structureKinds), at: number, other: number, pick: number }),
    { maxLength: 4 },
  ),
  style: fc.nat(3),
  bytes: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    {
      weight: 3,
      arbitrary: fc.array(
        fc.record({ kind: fc.constantFrom(...byteKinds), at: number, length: fc.nat(2000), pick: number }),
        { minLength: 1, maxLength: 4 },
      ),
    },
  ),
  ask: number,
});

/** The request that a mutation stands for. */
export function requestOf(all: readonly Base[], { base, donor, structure, style, bytes, ask }: Mutation): CheckRequest {
  const chosen = all[base % all.length] as Base;
  const other = all[donor % all.length] as Base;
  let text = chosen.text;
  if (structure.length > 0) {
    const root = valuesOf(text);
    if (root !== null && typeof root === 'object') {
      const taken = valuesOf(other.text);
      for (const change of structure) changeValues(root as { [key: string]: unknown }, taken, change);
      text = textOf(root, style);
    }
  }
  for (const change of bytes) text = changeBytes(text, other.text, change);
  const pick = <Entry>(list: readonly Entry[]): Entry => list[(ask >> 3) % list.length] as Entry;
  const profiles = /^profiles:\n {2}([\w-]+):/m.exec(text)?.[1];
  return {
    ...chosen.request,
    text,
    ...(profiles !== undefined && ask % 2 === 0 ? { profile: profiles } : {}),
    ...(ask % 7 === 0 ? { set: [`${pick(names)}=${JSON.stringify(pick(values)) ?? ''}`] } : {}),
    ...(ask % 11 === 0 ? { set: [`samples.${pick(names)}.a=${JSON.stringify(pick(values))}`] } : {}),
    ...(ask % 13 === 0 ? { targets: [pick(names), 'score'] } : {}),
    ...(ask % 17 === 0 ? { fresh: { stages: ['score', pick(names)], nonce: 'n' } } : {}),
    ...(ask % 19 === 0 ? { only: [{ stage: 'score', set: [`seed=${JSON.stringify(pick(values))}`] }] } : {}),
  };
}
