import { CellGroups } from './cell-groups.js';
import type { Draft } from '../draft.js';
import type { Labels } from './cell.js';

/**
 * What each draft is called: by its id, but for what a matrix multiplies. A stage that is the same in every cell is called as without a
 * matrix; one that is not carries the axes that it depends on: `masked@masking=none`, `sft[easy]@masking=none,seed.train=17`.
 * @param nodes by draft, the node that it is of
 */
export function addressesOf(
  drafts: readonly Draft[],
  nodes: Int32Array,
  cells: ReadonlyMap<string, Labels>,
): readonly string[] {
  const addresses = drafts.map(({ id }) => id);
  if (cells.size === 0) return addresses;
  const groups = new CellGroups(cells);
  const suffixes = new Map<string, Map<string, string>>();
  for (const [id, members] of membersOf(drafts)) {
    const axes = relevantAxes(members, drafts, nodes, groups);
    const key = JSON.stringify(axes);
    const known = suffixes.get(key) ?? suffixesOf(cells, axes);
    suffixes.set(key, known);
    const bearers = new Map<string, number>();
    let clash = false;
    for (const at of members) {
      const address = id + (known.get(drafts[at]?.cell ?? '') ?? '');
      const node = nodes[at] ?? -1;
      clash ||= (bearers.get(address) ?? node) !== node;
      bearers.set(address, node);
      addresses[at] = address;
    }
    if (clash) for (const at of members) addresses[at] = `${id}@${drafts[at]?.cell ?? ''}`;
  }
  return addresses;
}

/** Positions of the drafts of each stage in the cells. */
function membersOf(drafts: readonly Draft[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  drafts.forEach(({ id, cell }, at) => {
    // Without a matrix, and for what stands outside of it.
    if (cell === '') return;
    const known = members.get(id);
    if (known === undefined) members.set(id, [at]);
    else known.push(at);
  });
  return members;
}

/** Axes in which two cells differ, and in nothing else, whose stages differ. */
function relevantAxes(
  members: readonly number[],
  drafts: readonly Draft[],
  nodes: Int32Array,
  groups: CellGroups,
): string[] {
  const [first = -1] = members;
  if (members.every((at) => nodes[at] === nodes[first])) return [];
  return groups.axes.filter((axis) => {
    const firsts = new Map<number, number>();
    return members.some((at) => {
      const group = groups.of(drafts[at]?.cell ?? '', axis);
      const known = firsts.get(group);
      if (known !== undefined) return known !== nodes[at];
      firsts.set(group, nodes[at] ?? -1);
      return false;
    });
  });
}

/** What is put behind a stage's id, by cell. */
function suffixesOf(cells: ReadonlyMap<string, Labels>, axes: readonly string[]): Map<string, string> {
  const suffixes = new Map<string, string>();
  for (const [cell, labels] of cells) {
    const own = Object.entries(labels).filter(([axis]) => axes.includes(axis));
    suffixes.set(cell, own.length === 0 ? '' : `@${own.map(([axis, label]) => `${axis}=${label}`).join(',')}`);
  }
  return suffixes;
}
