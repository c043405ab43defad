import { parsePatch } from '../../agent/patch.js';
import { goldLines, leaksGold, squeeze } from '../statement.js';

const TRAILER =
  /^(?:signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|reported-by|suggested-by|change-id|cc|git-svn-id)\s*:/i;
const MERGE = /^Merge (?:pull request|branch|remote-tracking branch|branches|tag|commit)\b/;
const ADDRESS = /https?:\/\/\S+\/(?:pull|pulls|commit|commits|compare|merge_requests)\/\S+/i;
/** What says where the fix is within a line: "(#12)", "fixes #12", commits. */
const POINTERS: readonly RegExp[] = [
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?#\d+/gi,
  /\(\s*(?:gh-|#)\d+\s*\)/gi,
  /\b[0-9a-f]{40}\b/g,
];

/**
 * What an author wrote of a change, without what gives the change away: no line of the fix, no piece of code that only the fix
 * has, no pointer to it. Empty where nothing is left that says something.
 */
export function toldText(text: string, patch: string): string {
  const gold = goldLines(patch);
  const changes = parsePatch(patch);
  const added = changes.flatMap((change) => change.added.map(squeeze));
  const removed = changes.flatMap((change) => change.removed.map(squeeze));
  const givesAway = (line: string): boolean => {
    const told = squeeze(line);
    return gold.some((one) => told.includes(one)) || codeSpans(line).some((span) => isNew(span, added, removed));
  };
  const kept = itemsOf(withoutDiffs(text.replace(/\r\n?/g, '\n').replace(/<!--[\s\S]*?-->/g, '')))
    .filter((lines) => !lines.some(givesAway))
    .flat()
    .filter((line) => !TRAILER.test(line.trim()) && !MERGE.test(line) && !ADDRESS.test(line))
    .map((line) => POINTERS.reduce((rest, pointer) => rest.replace(pointer, ''), line).trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  // A line of the fix may be told in two.
  return /\p{L}{3}/u.test(kept) && !leaksGold(kept, { patch }) ? kept : '';
}

/** Lines, each by itself; but an item of a list with the lines that it goes on in: the rest of a sentence says nothing. */
function itemsOf(text: string): string[][] {
  const items: string[][] = [];
  for (const line of text.split('\n')) {
    const last = items.at(-1);
    if (last !== undefined && /^\s*(?:[-*+]|\d+[.)])\s/.test(last[0] ?? '') && /^\s+[^\s*+-]/.test(line))
      last.push(line);
    else items.push([line]);
  }
  return items;
}

/** Quoted code with more in it than a name. */
function codeSpans(line: string): string[] {
  return [...line.matchAll(/(`+)(.+?)\1/g)]
    .map((match) => squeeze(match[2] ?? ''))
    .filter((span) => span.length >= 4 && !/^[\w.]+(?:\(\))?$/.test(span));
}

function isNew(span: string, added: readonly string[], removed: readonly string[]): boolean {
  return added.some((line) => line.includes(span)) && !removed.some((line) => line.includes(span));
}

/** Blocks of code that are a diff say nothing else. */
function withoutDiffs(text: string): string {
  return text
    .replace(/^(`{3,}|~{3,})[^\n]*\n([\s\S]*?)^\1[^\n]*$/gm, (block, _fence, inside: string) =>
      /^(?:diff --git |@@ |\+\+\+ )/m.test(inside) || /^\S*diff/m.test(block.split('\n')[0] ?? '') ? '' : block,
    )
    .replace(/^diff --git [\s\S]*$/m, '');
}
