import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ATTRIBUTES, DIFF, git, type GitOptions } from './git.js';

/** The unified diff between two trees of files. `scratch` is emptied before and after. */
export async function treeDiff(before: string, after: string, scratch: string, options: GitOptions): Promise<string> {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const repository = join(scratch, 'repository');
    await git(['init', '--quiet', '--bare', repository], options);
    await writeFile(join(repository, 'info', 'attributes'), ATTRIBUTES);
    const treeOf = async (folder: string, index: string): Promise<string> => {
      const environment = { GIT_INDEX_FILE: join(scratch, index) };
      const within = ['--git-dir', repository, '--work-tree', folder];
      await git([...within, 'add', '--all', '--force', '--', '.'], { ...options, environment, folder });
      return (await git([...within, 'write-tree'], { ...options, environment, folder })).trim();
    };
    const trees = [await treeOf(before, 'before'), await treeOf(after, 'after')];
    return await git(['--git-dir', repository, 'diff', ...DIFF, ...trees], options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
