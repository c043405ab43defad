import type { PlanNode } from './plan.js';

/**
 * The number of the node that an address means: one of its own, or that of a cell whose stage is the same as in other cells
 * (`validate@masking=none` where `validate` is one for all). Undefined where there is none, or more than one.
 */
export function nodeAt(nodes: readonly Pick<PlanNode, 'id' | 'aliases'>[], address: string): number | undefined {
  const exact = nodes.findIndex(({ id, aliases }) => id === address || aliases.includes(address));
  if (exact >= 0) return exact;
  const [stage, given] = apart(address);
  if (given.length === 0) return undefined;
  const fitting = [...nodes.keys()].filter((number) => {
    const node = nodes[number];
    return [node?.id ?? '', ...(node?.aliases ?? [])].some((name) => {
      const [own, axes] = apart(name);
      return own === stage && axes.every((axis) => given.includes(axis));
    });
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** `sft[easy]@masking=none,seed.train=17` into stage and axes. */
function apart(address: string): [string, string[]] {
  const at = address.indexOf('@');
  return at === -1 ? [address, []] : [address.slice(0, at), address.slice(at + 1).split(',')];
}
