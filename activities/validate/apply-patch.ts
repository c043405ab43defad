/** The patch does not fit the files, or says what is not supported (renames, binary files). */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** Files that a patch changes, with their new bytes as latin-1 text; null for one that goes. */
export type ChangedFiles = Map<string, string | null>;

interface Hunk {
  /** Lines of the old file before the hunk. */
  readonly start: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Applies a unified diff without fuzz; a hunk may stand at other lines than its header says, as with `git apply`. Texts
 * are latin-1, so that every byte survives; the patch itself is UTF-8.
 */
export async function applyPatch(patch: string, read: (file: string) => Promise<string | null>): Promise<ChangedFiles> {
  const changed: ChangedFiles = new Map();
  const lines = linesOf(Buffer.from(patch.endsWith('\n') ? patch : `${patch}\n`, 'utf8').toString('latin1'));
  let at = 0;
  let seen = false;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (/^(rename|copy) from |^GIT binary patch|^Binary files /.test(line))
      throw new PatchError(`not supported: ${line.trim()}`);
    const next = lines[at + 1] ?? '';
    if (!line.startsWith('--- ') || !next.startsWith('+++ ')) {
      at += 1;
      continue;
    }
    seen = true;
    const source = pathOf(line.slice(4));
    const target = pathOf(next.slice(4));
    at += 2;
    const file = target ?? source;
    if (file === null) throw new PatchError('a patch from nothing to nothing');
    const old = source === null ? '' : changed.has(source) ? (changed.get(source) ?? null) : await read(source);
    if (old === null) throw new PatchError(`${source ?? file}: no such file`);
    const hunks: Hunk[] = [];
    for (let match = headerOf(lines[at]); match !== null; match = headerOf(lines[at])) {
      const [hunk, end] = readHunk(lines, at, match);
      hunks.push(hunk);
      at = end;
    }
    if (hunks.length === 0) throw new PatchError(`${file}: no hunks`);
    const text = applyHunks(linesOf(old), hunks, file).join('');
    changed.set(file, target === null ? null : text);
  }
  if (patch.trim() !== '' && !seen) throw new PatchError('no file header found');
  return changed;
}

/** Lines with their ends; only a line feed ends one. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function headerOf(line: string | undefined): RegExpExecArray | null {
  return /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line ?? '');
}

function pathOf(header: string): string | null {
  const name = (header.split('\t')[0] ?? '').trimEnd();
  if (name === '/dev/null') return null;
  const path = Buffer.from(name.replace(/^[ab]\//, ''), 'latin1').toString('utf8');
  if (path.startsWith('/') || path.split('/').includes('..')) throw new PatchError(`${path}: outside the tree`);
  return path;
}

function readHunk(lines: readonly string[], header: number, match: RegExpExecArray): [Hunk, number] {
  let oldLeft = Number(match[2] ?? '1');
  let newLeft = Number(match[3] ?? '1');
  const start = Number(match[1]) - (oldLeft === 0 ? 0 : 1);
  const before: string[] = [];
  const after: string[] = [];
  let last: string[][] = [];
  let at = header + 1;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('\\')) {
      for (const side of last) side[side.length - 1] = (side[side.length - 1] ?? '').replace(/\n$/, '');
      continue;
    }
    if (oldLeft <= 0 && newLeft <= 0) break;
    const mark = line[0];
    if (mark === '-') last = [before];
    else if (mark === '+') last = [after];
    else if (mark === ' ' || mark === '\n') last = [before, after];
    else break;
    for (const side of last) side.push(mark === '\n' ? '\n' : line.slice(1));
    if (mark !== '+') oldLeft -= 1;
    if (mark !== '-') newLeft -= 1;
  }
  if (oldLeft !== 0 || newLeft !== 0) throw new PatchError("a hunk's header and its lines disagree");
  return [{ start, before, after }, at];
}

function applyHunks(lines: readonly string[], hunks: readonly Hunk[], file: string): string[] {
  const result: string[] = [];
  let done = 0;
  let moved = 0;
  for (const { start, before, after } of hunks) {
    const place = find(lines, before, start + moved, done);
    if (place === null) throw new PatchError(`${file}: the hunk at line ${start + 1} does not match`);
    moved = place - start;
    result.push(...lines.slice(done, place), ...after);
    done = place + before.length;
  }
  return [...result, ...lines.slice(done)];
}

function find(lines: readonly string[], before: readonly string[], wanted: number, lowest: number): number | null {
  const highest = lines.length - before.length;
  if (before.length === 0) return wanted >= lowest && wanted <= lines.length ? wanted : null;
  const fits = (place: number): boolean =>
    place >= lowest && place <= highest && before.every((line, index) => lines[place + index] === line);
  for (let distance = 0; distance <= lines.length; distance += 1) {
    if (fits(wanted - distance)) return wanted - distance;
    if (fits(wanted + distance)) return wanted + distance;
  }
  return null;
}
