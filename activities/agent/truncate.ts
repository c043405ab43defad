/** Characters of an observation. */
export const OBSERVATION_LIMIT = 10_000;

/** Head and tail, with how much went between them. */
export function truncate(text: string, limit = OBSERVATION_LIMIT): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  const gone = text.length - 2 * half;
  return `${text.slice(0, half)}\n[... ${gone} characters left out: print less, or look at a part ...]\n${text.slice(-half)}`;
}
