import { canonicalJson } from '../canonical.js';
import type { Labels } from './cell.js';

/** Cells of a matrix that differ in one axis and in nothing else. */
export class CellGroups {
  readonly axes: readonly string[];
  /** By axis and cell the number of the group: what a large matrix is asked for each of its stages is worked out once. */
  readonly #groups: ReadonlyMap<string, ReadonlyMap<string, number>>;

  constructor(cells: ReadonlyMap<string, Labels>) {
    const axes = new Set<string>();
    for (const labels of cells.values()) for (const axis of Object.keys(labels)) axes.add(axis);
    this.axes = [...axes];
    this.#groups = new Map(this.axes.map((axis) => [axis, groupsOf(cells, axis)]));
  }

  /** The same for cells that say the same of all other axes. */
  of(cell: string, axis: string): number {
    return this.#groups.get(axis)?.get(cell) ?? -1;
  }
}

function groupsOf(cells: ReadonlyMap<string, Labels>, axis: string): Map<string, number> {
  const groups = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const [cell, { [axis]: _own, ...others }] of cells) {
    const said = canonicalJson(others);
    const number = numbers.get(said) ?? numbers.size;
    numbers.set(said, number);
    groups.set(cell, number);
  }
  return groups;
}
