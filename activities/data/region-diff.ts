export interface Region {
  readonly file: string;
  /** First line of `old` in the file, 1-based. */
  readonly start: number;
  /** Up to three lines in front of it. */
  readonly before: readonly string[];
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** Up to three lines behind it. */
  readonly after: readonly string[];
}

/** A git-style unified diff that replaces one region of a file; equal lines at its ends become context. */
export function regionDiff(region: Region): string {
  const { file, start } = region;
  let top = 0;
  while (top < region.old.length && top < region.new.length && region.old[top] === region.new[top]) top += 1;
  let bottom = 0;
  const most = Math.min(region.old.length, region.new.length) - top;
  while (bottom < most && region.old.at(-1 - bottom) === region.new.at(-1 - bottom)) bottom += 1;
  const before = [...region.before, ...region.old.slice(0, top)].slice(-3);
  const after = [...region.old.slice(region.old.length - bottom), ...region.after].slice(0, 3);
  const removed = region.old.slice(top, region.old.length - bottom);
  const added = region.new.slice(top, region.new.length - bottom);
  const first = start + top - before.length;
  const range = (changed: readonly string[]): string => `${first},${before.length + changed.length + after.length}`;
  return [
    `diff --git a/${file} b/${file}`,
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${range(removed)} +${range(added)} @@`,
    ...before.map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...after.map((line) => ` ${line}`),
    '',
  ].join('\n');
}
