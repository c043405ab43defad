import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ChangedFiles } from './apply-patch.js';
import { SEAL, SEAL_MESSAGE } from './git-objects.js';

export interface GitCheck {
  readonly commit: string;
  /** Objects in the repository. */
  readonly objects: number;
  /** Objects that the commit's history does not reach: what a leak would be. */
  readonly unreachable: readonly string[];
}

/**
 * Makes the sealed repository for real, with git: a fresh one, one commit. What git says the commit is, and whether the set
 * of all its objects is the set that the commit reaches. `folder` is a scratch folder; it is emptied before and after.
 */
export async function sealWithGit(tree: string, changed: ChangedFiles, folder: string): Promise<GitCheck> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await cp(tree, folder, { recursive: true, verbatimSymlinks: true });
    for (const [file, text] of changed) {
      const path = join(folder, file);
      if (text === null) await rm(path, { force: true });
      else {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text, 'latin1');
      }
    }
    const [name = '', email = '', time = '', zone = ''] = SEAL.split(' ');
    const identity = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) => [
        [`GIT_${role}_NAME`, name],
        [`GIT_${role}_EMAIL`, email.slice(1, -1)],
        [`GIT_${role}_DATE`, `${time} ${zone}`],
      ]),
    );
    const environment = {
      ...identity,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_DIR: join(folder, '.git'),
      GIT_WORK_TREE: folder,
    };
    const { execa } = await import('execa');
    const git = async (...command: string[]): Promise<string> =>
      (await execa('git', command, { cwd: folder, env: environment, timeout: 120_000 })).stdout;
    await git('init', '--quiet');
    // Over the tree's own .gitattributes: the bytes are sealed as they are.
    await mkdir(join(folder, '.git', 'info'), { recursive: true });
    await writeFile(join(folder, '.git', 'info', 'attributes'), '* -text -ident !filter !working-tree-encoding\n');
    await git('add', '--all', '--force');
    const root = await git('write-tree');
    const commit = await git('commit-tree', root, '-m', SEAL_MESSAGE.trim());
    await git('update-ref', 'refs/heads/main', commit);
    const all = (await git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)'))
      .split('\n')
      .filter(Boolean);
    const reached = new Set(
      (await git('rev-list', '--objects', '--all')).split('\n').map((line) => line.split(' ')[0]),
    );
    return { commit, objects: all.length, unreachable: all.filter((id) => !reached.has(id)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
