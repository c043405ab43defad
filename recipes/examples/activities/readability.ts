/** How hard a text is to read. */
export interface Readability {
  readonly words: number;
  /** Letters a word, in the mean. */
  readonly letters: number;
  /** Share of words that are long. */
  readonly long_words: number;
}

/** @param long letters from which a word is a long one */
export function readabilityOf(text: string, long: number): Readability {
  const words = text.split(/[^\p{L}\p{N}'-]+/u).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const count = Math.max(1, words.length);
  return {
    words: words.length,
    letters: rounded(letters / count),
    long_words: rounded(words.filter((word) => word.length >= long).length / count),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
