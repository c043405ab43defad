/** Issues of this repository that a text says to close, with the keywords that GitHub knows. Comments of templates do not count. */
export function closedIssues(text: string, repo: string): number[] {
  const name = repo.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const reference = `(?:(?:${name})?#|https?://[^\\s/]+/${name}/issues/)(\\d+)`;
  const pattern = new RegExp(`\\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\\b:?\\s+${reference}\\b`, 'gi');
  const found = text.replace(/<!--[\s\S]*?-->/g, '').matchAll(pattern);
  return [...new Set([...found].map((match) => Number(match[1])))].sort((a, b) => a - b);
}
