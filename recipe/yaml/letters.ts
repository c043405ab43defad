/** Letters that YAML is made of, by their codes. */
export const [LINE_FEED, SPACE, DOUBLE, HASH, PERCENT, SINGLE, PLUS, COMMA, DASH, COLON, FOLDED, BACKSLASH, LITERAL] = [
  10, 32, 34, 35, 37, 39, 43, 44, 45, 58, 62, 92, 124,
] as const;
export const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [91, 93, 123, 125] as const;

/** What a plain scalar never begins with; `-` it may, before anything but a space. */
const indicators = new Set([...'?:,[]{}#&*!|>\'"%@`'].map((letter) => letter.charCodeAt(0)));

export function isIndicator(letter: number): boolean {
  return indicators.has(letter);
}

export function isBracketPart(letter: number): boolean {
  return (
    letter === COMMA || letter === OPEN_LIST || letter === CLOSE_LIST || letter === OPEN_MAP || letter === CLOSE_MAP
  );
}
