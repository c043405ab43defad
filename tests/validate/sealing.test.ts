import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealWithGit } from '../../activities/validate/git-check.js';
import { blobId, gitFiles, sealedCommit } from '../../activities/validate/git-objects.js';
import { findLeaks } from '../../activities/validate/leaks.js';

describe('a sealed commit', () => {
  let folder: string;
  let tree: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mortar-seal-'));
    tree = join(folder, 'tree');
    // Names whose order as files and as folders differs, ignored and rewritten files: where git's own ways could show.
    for (const path of ['a', 'a.b', 'lib']) mkdirSync(join(tree, path), { recursive: true });
    const files = {
      'a/x.py': 'x = 1\n',
      'a.b/y': 'y',
      'a-b': '-',
      'lib/z.pyc': '\0\x01',
      '.gitignore': '*.pyc\n',
      '.gitattributes': '* text=auto eol=lf\n',
      crlf: 'a\r\nb\r\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(tree, name), text);
    chmodSync(join(tree, 'a-b'), 0o755);
    symlinkSync('a/x.py', join(tree, 'link'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the one that git makes of the tree, and nothing else is in the repository', async () => {
    const files = await gitFiles(tree);
    const computed = sealedCommit(files);
    const made = await sealWithGit(tree, new Map(), join(folder, 'check'));
    expect(made).toEqual({ commit: computed.commit, objects: computed.objects, unreachable: [] });
  });

  test('follows a change', async () => {
    const files = await gitFiles(tree);
    const before = sealedCommit(files).commit;
    files.set('a/x.py', { mode: '100644', id: blobId(Buffer.from('x = 2\n')) });
    const made = await sealWithGit(tree, new Map([['a/x.py', 'x = 2\n']]), join(folder, 'check'));
    expect(sealedCommit(files).commit).toBe(made.commit);
    expect(made.commit).not.toBe(before);
  });
});

test('findLeaks sees history, copies, bytecode and installed originals of a changed file', () => {
  const entry = (text: string): { mode: '100644'; id: string } => ({ mode: '100644', id: blobId(Buffer.from(text)) });
  const files = new Map([
    ['src/m.py', entry('answer')],
    ['src/other.py', entry('other')],
    ['build/lib/m.py', entry('answer')],
    ['src/__pycache__/m.cpython-311.pyc', entry('code')],
    ['src/__pycache__/other.cpython-311.pyc', entry('code')],
    ['.git/HEAD', entry('ref')],
  ]);
  const installed = new Map([[blobId(Buffer.from('answer')), 'lib/site-packages/m.py']]);
  expect(findLeaks(['src/m.py'], files, installed)).toEqual([
    { kind: 'history', path: '.git/HEAD' },
    { kind: 'copy', path: 'build/lib/m.py' },
    { kind: 'compiled', path: 'src/__pycache__/m.cpython-311.pyc' },
    { kind: 'installed', path: 'lib/site-packages/m.py' },
  ]);
});
