import { replaceFirst, type Edit } from './gold-edit.js';
import type { VisibleLine } from './numbered-code.js';

/** Pairs that people mix up. Each starts with a space, as the code has it. */
const PAIRS: readonly (readonly [string, string])[] = [
  [' <', ' <='],
  [' >', ' >='],
  [' ==', ' !='],
  [' +', ' -'],
  [' *', ' /'],
  [' and', ' or'],
  [' in', ' not in'],
  [' is', ' is not'],
  [' if', ' if not'],
  [' True', ' False'],
  [' None', ' False'],
  [' 0', ' 1'],
  [' 1', ' 2'],
  [' min(', ' max('],
  [' any(', ' all('],
];

const SWAPS: readonly (readonly [string, string])[] = PAIRS.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);

/** Edits of the visible code that look like a fix, are not the fix, and can be undone by the opposite edit. */
export function plausibleEdits(visible: readonly VisibleLine[], gold: Edit): Edit[] {
  const goldLine = visible.find(({ number }) => number === gold.number);
  const fixed = goldLine === undefined ? '' : replaceFirst(goldLine.text, gold.old, gold.new);
  return visible.flatMap(({ number, text }) =>
    SWAPS.filter(([old]) => standsAlone(text, old))
      .map(([old, replacement]) => ({ number, old, new: replacement }))
      .filter((edit) => {
        const changed = replaceFirst(text, edit.old, edit.new);
        const undone = replaceFirst(changed, edit.new, edit.old);
        return changed !== text && undone === text && !(number === gold.number && changed === fixed);
      }),
  );
}

/** Something that the teacher may believe to stand on the line, and does not. */
export function misremembered(text: string, old: string): string {
  const other = SWAPS.find(([from, to]) => from === old && !text.includes(to))?.[1];
  return other ?? (text.includes(`${old} `) ? `${old}  ` : `${old} `);
}

/** The first occurrence is the whole word or operator: ` <` of ` <=` is not. */
function standsAlone(text: string, old: string): boolean {
  const at = text.indexOf(old);
  if (at < 0) return false;
  const last = old.at(-1) ?? '';
  const next = text[at + old.length] ?? '';
  if (/\w/.test(last)) return !/[\w.]/.test(next);
  return last === '(' || !/[=<>*/+-]/.test(next);
}
