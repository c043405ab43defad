/** Numbers for digests, in the order in which they come. A million of them take some 30 MB: text would take ten times that. */
export class DigestTable {
  /** Four words an entry: half of a sha256 is enough to tell all things apart that will ever be. */
  #words = new Uint32Array(4 * 1024);
  /** By hash: the entry's number plus one. At most half full. */
  #slots = new Uint32Array(2 * 1024);
  #size = 0;
  readonly #word = new Uint32Array(4);

  get size(): number {
    return this.#size;
  }

  /** The number of a digest, -1 where it is not there. */
  find(digest: string): number {
    this.#read(digest);
    return (this.#slots[this.#slot()] ?? 0) - 1;
  }

  /** The number of a digest, which is new where it is the size of the table before. */
  add(digest: string): number {
    this.#read(digest);
    const slot = this.#slot();
    const present = this.#slots[slot] ?? 0;
    if (present > 0) return present - 1;
    const number = this.#size;
    if (4 * number === this.#words.length) this.#words = grown(this.#words);
    this.#words.set(this.#word, 4 * number);
    this.#slots[slot] = number + 1;
    this.#size += 1;
    if (2 * this.#size > this.#slots.length) this.#spread();
    return number;
  }

  #read(digest: string): void {
    const start = digest.indexOf(':') + 1;
    for (let word = 0; word < 4; word += 1)
      this.#word[word] = Number.parseInt(digest.slice(start + 8 * word, start + 8 * word + 8), 16);
  }

  /** Where the digest that was read stands, or would. */
  #slot(): number {
    const mask = this.#slots.length - 1;
    for (let slot = (this.#word[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0 || this.#isAt(4 * entry)) return slot;
    }
  }

  #isAt(start: number): boolean {
    const [word, words] = [this.#word, this.#words];
    return (
      word[0] === words[start] &&
      word[1] === words[start + 1] &&
      word[2] === words[start + 2] &&
      word[3] === words[start + 3]
    );
  }

  #spread(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#size; number += 1) {
      this.#word.set(this.#words.subarray(4 * number, 4 * number + 4));
      this.#slots[this.#slot()] = number + 1;
    }
  }
}

/** The same numbers with room for as many more. */
export function grown<T extends Uint8Array | Uint32Array | Float64Array>(numbers: T): T {
  const larger = new (numbers.constructor as new (length: number) => T)(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
