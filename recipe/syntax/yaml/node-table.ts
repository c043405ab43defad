/** Numbers of one node. */
const width = 6;
const [START, END, KEY_START, KEY_END, FIRST, NEXT] = [0, 1, 2, 3, 4, 5];

/**
 * Places of the nodes of a file in one array: a large recipe has a million of them, and an object each would take more room than the
 * recipe itself. Nodes are numbers; -1 is none.
 */
export class NodeTable {
  #cells: Int32Array;
  #size = 0;

  constructor(expected: number) {
    this.#cells = new Int32Array(Math.max(64, expected) * width);
  }

  /** A further node behind `previous`, or the first below `above`. */
  add(above: number, previous: number): number {
    const node = this.#size;
    this.#size += 1;
    if (this.#size * width > this.#cells.length) {
      const larger = new Int32Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    const cells = this.#cells;
    const at = node * width;
    cells[at + FIRST] = -1;
    cells[at + NEXT] = -1;
    if (previous >= 0) cells[previous * width + NEXT] = node;
    else if (above >= 0) cells[above * width + FIRST] = node;
    return node;
  }

  setRange(node: number, start: number, end: number): void {
    this.#cells[node * width + START] = start;
    this.#cells[node * width + END] = end;
  }

  setKey(node: number, start: number, end: number): void {
    this.#cells[node * width + KEY_START] = start;
    this.#cells[node * width + KEY_END] = end;
  }

  start(node: number): number {
    return this.#of(node, START);
  }

  end(node: number): number {
    return this.#of(node, END);
  }

  keyStart(node: number): number {
    return this.#of(node, KEY_START);
  }

  keyEnd(node: number): number {
    return this.#of(node, KEY_END);
  }

  first(node: number): number {
    return this.#of(node, FIRST);
  }

  next(node: number): number {
    return this.#of(node, NEXT);
  }

  #of(node: number, field: number): number {
    return this.#cells[node * width + field] ?? -1;
  }
}
