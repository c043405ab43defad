/** Licences that let source be copied, changed and trained on: the default allow-list (SPDX identifiers). */
export const permissive: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/**
 * Whether an SPDX expression can be met with the allowed licences: one side of OR, both sides of AND. `X WITH exception` counts as X.
 * An expression that does not parse is not allowed.
 */
export function licenceAllowed(expression: string, allowed: readonly string[]): boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  let broken = tokens.length === 0;

  const is = (word: string): boolean => tokens[at]?.toUpperCase() === word;
  const alternatives = (): boolean => {
    let met = conjunction();
    while (is('OR')) {
      at += 1;
      met = conjunction() || met;
    }
    return met;
  };
  const conjunction = (): boolean => {
    let met = licence();
    while (is('AND')) {
      at += 1;
      met = licence() && met;
    }
    return met;
  };
  const licence = (): boolean => {
    const token = tokens[at];
    at += 1;
    if (token === '(') {
      const met = alternatives();
      if (tokens[at] !== ')') broken = true;
      at += 1;
      return met;
    }
    if (token === undefined || token === ')' || /^(AND|OR|WITH)$/i.test(token)) {
      broken = true;
      return false;
    }
    if (is('WITH')) at += 2;
    return names.has(token.toLowerCase());
  };

  const met = alternatives();
  return met && !broken && at === tokens.length;
}
