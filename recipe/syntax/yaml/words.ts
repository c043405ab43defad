/** A power of two. */
const size = 1024;
const longest = 40;

/** Texts that stand in a file again and again, such as keys: each is one string, so that it is taken out and looked at once. */
export class Words {
  readonly #known = new Array<string>(size).fill('');

  /** The word that stands there; undefined where it was not noted, or another one took its room. */
  find(text: string, start: number, end: number, hash: number): string | undefined {
    const known = this.#known[hash & (size - 1)] ?? '';
    return known.length === end - start && known !== '' && text.startsWith(known, start) ? known : undefined;
  }

  note(word: string, hash: number): string {
    if (word.length <= longest) this.#known[hash & (size - 1)] = word;
    return word;
  }
}
