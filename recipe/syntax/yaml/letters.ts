/** Letters that YAML is made of, by their codes. */
export const [LINE_FEED, SPACE, DOUBLE, HASH, PERCENT, SINGLE, PLUS, COMMA, DASH, COLON, FOLDED, BACKSLASH, LITERAL] = [
  10, 32, 34, 35, 37, 39, 43, 44, 45, 58, 62, 92, 124,
] as const;
export const [ZERO, NINE] = [48, 57] as const;
export const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [91, 93, 123, 125] as const;

/** What a plain scalar never begins with; `-` it may, before anything but a space. */
const indicators = new Uint8Array(128);
for (const letter of '?:,[]{}#&*!|>\'"%@`') indicators[letter.charCodeAt(0)] = 1;

export function isIndicator(letter: number): boolean {
  return indicators[letter] === 1;
}

/** By code, whether a letter stands in a plain scalar wherever that is; beyond the table all do. */
export const ordinaryLetters = new Uint8Array(128).fill(1);
for (const letter of ' \n#:,[]{}') ordinaryLetters[letter.charCodeAt(0)] = 0;

export function isBracketPart(letter: number): boolean {
  return (
    letter === COMMA || letter === OPEN_LIST || letter === CLOSE_LIST || letter === OPEN_MAP || letter === CLOSE_MAP
  );
}
