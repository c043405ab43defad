import type { Instance } from '../../schemas/records.js';
import type { VisibleLine } from './numbered-code.js';
import { parsePatch } from './patch.js';

/** An edit in the words of the terse `sed`. */
export interface Edit {
  /** Number of the visible line. */
  readonly number: number;
  readonly old: string;
  readonly new: string;
}

/** The instance's fix as one edit of one visible line; null where the fix is larger than that. */
export function goldEdit(instance: Instance, visible: readonly VisibleLine[]): Edit | null {
  const replaced = replacedLine(instance);
  const line = instance.bug?.line ?? replaced?.line;
  const target = visible.find((one) => one.line === line);
  if (target === undefined) return null;
  if (instance.bug !== undefined && instance.bug.bad !== '' && target.text.includes(instance.bug.bad)) {
    const { bad, good } = instance.bug;
    const result = replaceFirst(target.text, bad, good);
    if (replaced === null || result.trim() === replaced.after.trim())
      return { number: target.number, old: bad, new: good };
  }
  if (replaced === null || target.text.trim() !== replaced.before.trim()) return null;
  return { number: target.number, old: replaced.before.trim(), new: replaced.after.trim() };
}

/** Not String.replace: there a `$` in the replacement has a meaning of its own. */
export function replaceFirst(text: string, old: string, replacement: string): string {
  const at = text.indexOf(old);
  return at < 0 ? text : text.slice(0, at) + replacement + text.slice(at + old.length);
}

function replacedLine(instance: Instance): { line: number; before: string; after: string } | null {
  const changes = parsePatch(instance.patch);
  const change = changes[0];
  if (changes.length !== 1 || change === undefined || change.file !== instance.focus.file) return null;
  const [before, after, line] = [change.removed[0], change.added[0], change.lines[0]];
  if (change.removed.length !== 1 || change.added.length !== 1) return null;
  return before === undefined || after === undefined || line === undefined ? null : { line, before, after };
}
