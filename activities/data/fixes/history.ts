import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../../../recipe/errors.js';
import { folderOnce } from '../../../sandbox/files.js';
import type { ActivityContext } from '../../activity.js';
import { ATTRIBUTES, DIFF, git, GitFailure, type GitOptions } from './git.js';

/** The repository cannot be had, or lacks the commit: no retry mends it. */
export class NoHistory extends Error {
  override readonly name = 'NoHistory';
}

export interface Change {
  readonly commit: string;
  readonly parent: string;
  /** When it was committed, ISO 8601. */
  readonly time: string;
  readonly message: string;
}

/** The history of one commit, as a bare repository in the worker's cache. */
export class History {
  private constructor(
    private readonly folder: string,
    private readonly options: GitOptions,
  ) {}

  /** Fetched once an address and commit. Throws NoHistory, or an InfrastructureError where the server does not answer. */
  static async fetch(
    url: string,
    commit: string,
    timeout: number,
    context: Pick<ActivityContext, 'cache' | 'signal'>,
  ): Promise<History> {
    const { cache, signal } = context;
    const options = { signal, timeout };
    const name = createHash('sha256').update(`${url} ${commit}`).digest('hex').slice(0, 32);
    const folder = await folderOnce(join(cache, 'git-history', name), async (aside) => {
      await git(['init', '--quiet', '--bare', aside], options);
      try {
        const fetch = ['fetch', '--quiet', '--no-tags', '--', url, `${commit}:refs/heads/pinned`];
        await git(['--git-dir', aside, ...fetch], { ...options, remote: true });
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error;
        if (/not our ref|couldn't find remote ref|unadvertised object/.test(error.message))
          throw new NoHistory(`${url} has no commit ${commit}`);
        if (
          /not found|does not appear to be a git repository|does not exist|could not read Username/i.test(error.message)
        )
          throw new NoHistory(`${url} cannot be read: ${error.message}`);
        throw new InfrastructureError('source-unreachable', `${url} was not reached: ${error.message}`);
      }
      await writeFile(join(aside, 'info', 'attributes'), ATTRIBUTES);
    });
    return new History(folder, options);
  }

  /**
   * Commits on the first-parent line, the newest first; each is compared with its first parent.
   * @param since the first day, UTC, or a time of it
   * @param until the day after the last one, UTC, or a time of it
   */
  async changes(since: string | null, until: string | null, limit: number): Promise<Change[]> {
    const format = '--format=%H%n%P%n%cI%n%B';
    const text = await this.#git([
      'log',
      '-z',
      '--first-parent',
      `--max-count=${limit}`,
      format,
      ...(since === null ? [] : [`--since=${exactly(since)}`]),
      ...(until === null ? [] : [`--until=${exactly(until, -1)}`]),
      'refs/heads/pinned',
    ]);
    return text
      .split('\0')
      .filter((record) => record.trim() !== '')
      .flatMap((record) => {
        const [commit = '', parents = '', time = '', ...message] = record.split('\n');
        const parent = parents.split(' ')[0] ?? '';
        if (parent === '' || Number.isNaN(Date.parse(time))) return [];
        const change = { commit, parent, time: new Date(time).toISOString(), message: message.join('\n').trim() };
        return [change];
      });
  }

  async changedFiles({ parent, commit }: Change): Promise<string[]> {
    const names = await this.#git(['diff-tree', '-r', '-z', '--name-only', '--no-renames', parent, commit]);
    return names.split('\0').filter(Boolean);
  }

  diff({ parent, commit }: Change): Promise<string> {
    return this.#git(['diff', ...DIFF, parent, commit]);
  }

  /** Writes the tree of a commit into a folder, which is emptied before. */
  async writeTree(commit: string, folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const index = `${folder}.index`;
    try {
      const environment = { GIT_INDEX_FILE: index };
      await this.#git(['--work-tree', folder, 'read-tree', commit], environment);
      await this.#git(['--work-tree', folder, 'checkout-index', '--all', '--force'], environment);
    } finally {
      await rm(index, { force: true });
    }
  }

  #git(command: readonly string[], environment: Record<string, string> = {}): Promise<string> {
    return git(['--git-dir', this.folder, ...command], { ...this.options, environment });
  }
}

/** With its time: git fills a bare day up with the time of day that it is. */
function exactly(day: string, seconds = 0): string {
  return new Date(Date.parse(day) + seconds * 1000).toISOString();
}
