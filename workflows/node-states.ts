/**
 * A node's state in one letter, so that a run of ten thousand nodes is ten kilobytes:
 * `.` waiting, `r` running, `c` cached, `d` done, `h` held, `f` failed, `S` skipped by hand, `s` skipped with what it needs.
 */
export type StateLetter = '.' | 'r' | 'c' | 'd' | 'h' | 'f' | 'S' | 's';

/** States of all nodes of a run. */
export class NodeStates {
  readonly #letters: StateLetter[];

  constructor(letters: string) {
    this.#letters = [...letters] as StateLetter[];
  }

  static waiting(nodes: number): NodeStates {
    return new NodeStates('.'.repeat(nodes));
  }

  get(node: number): StateLetter | undefined {
    return this.#letters[node];
  }

  set(node: number, letter: StateLetter): void {
    if (node < 0 || node >= this.#letters.length) throw new RangeError(`no node ${node} among ${this.#letters.length}`);
    this.#letters[node] = letter;
  }

  has(letter: StateLetter): boolean {
    return this.#letters.includes(letter);
  }

  numbers(...letters: readonly StateLetter[]): number[] {
    return this.#letters.flatMap((letter, node) => (letters.includes(letter) ? [node] : []));
  }

  /** States under the numbers of another plan: node n takes over that of node `from[n]`, or waits where that is -1. */
  renumbered(from: readonly number[]): NodeStates {
    return new NodeStates(from.map((node) => this.get(node) ?? '.').join(''));
  }

  /** Lets stages be tried again, and with them whatever was skipped because of them. */
  retry(nodes: readonly number[]): void {
    for (const node of nodes) if ('hfS'.includes(this.get(node) ?? '.')) this.set(node, '.');
    for (const node of this.numbers('s')) this.set(node, '.');
  }

  toString(): string {
    return this.#letters.join('');
  }
}
