import { Remembered } from './remembered.js';

/** Texts that are kept. */
const most = 1_000;
/** Longer ones are not kept. */
const longest = 200;

/** What a function gives for a text, kept for the next time: an expression stands once in a file and is met in every cell of a matrix. */
export function memoized<Result>(work: (text: string) => Result): (text: string) => Result {
  const known = new Remembered<Result>(most);
  return (text) => {
    if (text.length > longest) return work(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    known.set(text, result);
    return result;
  };
}
