/** What a unified diff does to one file. */
export interface FileChange {
  /** Path after the change; before it where the file is deleted. */
  readonly file: string;
  /** Lines of the old file that are replaced or removed; for a pure insertion the line before it. 1-based, sorted. */
  readonly lines: readonly number[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A patch cut into its files, each with the paths before and after the change; none where it has no hunks. */
export function patchSections(patch: string): { readonly files: readonly string[]; readonly text: string }[] {
  const sections = patch
    .split(/^(?=diff --git )/m)
    .flatMap((section) => (section.startsWith('diff --git ') ? [section] : section.split(/^(?=--- \S.*\n\+\+\+ )/m)));
  return sections
    .filter((text) => text !== '')
    .map((text) => {
      const headers = [...text.matchAll(/^(?:---|\+\+\+) (?:[ab]\/)?([^\t\n]+)/gm)].slice(0, 2);
      return { files: headers.map((match) => match[1] ?? '').filter((file) => file !== '/dev/null'), text };
    });
}

export function parsePatch(patch: string): FileChange[] {
  const changes: { file: string; lines: Set<number>; removed: string[]; added: string[] }[] = [];
  let current: (typeof changes)[number] | undefined;
  let oldPath = '';
  let line = 0;
  let oldLeft = 0;
  let newLeft = 0;
  for (const text of patch.split('\n')) {
    if (current !== undefined && (oldLeft > 0 || newLeft > 0)) {
      if (text.startsWith('-')) {
        current.lines.add(line);
        current.removed.push(text.slice(1));
        line += 1;
        oldLeft -= 1;
      } else if (text.startsWith('+')) {
        // Lines added right after removed ones belong to those.
        if (!current.lines.has(line - 1)) current.lines.add(Math.max(1, line - 1));
        current.added.push(text.slice(1));
        newLeft -= 1;
      } else if (!text.startsWith('\\')) {
        line += 1;
        oldLeft -= 1;
        newLeft -= 1;
      }
      continue;
    }
    if (text.startsWith('--- ')) {
      oldPath = pathOf(text);
      continue;
    }
    if (text.startsWith('+++ ')) {
      const path = pathOf(text);
      current = { file: path === '/dev/null' ? oldPath : path, lines: new Set(), removed: [], added: [] };
      changes.push(current);
      continue;
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(text);
    if (hunk !== null) {
      oldLeft = Number(hunk[2] ?? '1');
      newLeft = Number(hunk[3] ?? '1');
      // With no old lines the header names the line before the insertion.
      line = Number(hunk[1]) + (oldLeft === 0 ? 1 : 0);
    }
  }
  return changes.map(({ file, lines, removed, added }) => ({
    file,
    lines: [...lines].sort((a, b) => a - b),
    removed,
    added,
  }));
}

function pathOf(header: string): string {
  const path = (header.slice(4).split('\t')[0] ?? '').trim();
  return path.replace(/^[ab]\//, '');
}
