import { openRepository } from '../../sandbox/repositories.js';
import type { Environment } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';

type OpenedRepository = Awaited<ReturnType<typeof openRepository>>;

/** Keeps a repository warm from the first of its items to the last; at most as many are open as there are groups in flight. */
export class RepositoryPool {
  readonly #left = new Map<string, number>();
  readonly #open = new Map<string, Promise<OpenedRepository>>();

  /** @param groups the group of every item that will be released once */
  constructor(
    private readonly context: ActivityContext,
    groups: readonly string[],
  ) {
    for (const group of groups) this.#left.set(group, (this.#left.get(group) ?? 0) + 1);
  }

  open(group: string, environment: Environment): Promise<OpenedRepository> {
    // One repository may have several environments (one a fix); a group is warm in each of them.
    const name = `${group}\n${environment.environment_id}`;
    let repository = this.#open.get(name);
    if (repository === undefined) {
      repository = openRepository(environment, this.context);
      repository.catch(() => this.#open.delete(name));
      this.#open.set(name, repository);
    }
    return repository;
  }

  async release(group: string): Promise<void> {
    const left = (this.#left.get(group) ?? 1) - 1;
    this.#left.set(group, left);
    if (left === 0) await this.#close((name) => name.startsWith(`${group}\n`));
  }

  close(): Promise<void> {
    return this.#close(() => true);
  }

  async #close(which: (name: string) => boolean): Promise<void> {
    const names = [...this.#open.keys()].filter(which);
    const closing = names.map((name) => this.#open.get(name));
    for (const name of names) this.#open.delete(name);
    await Promise.allSettled(closing.map(async (repository) => (await repository)?.close()));
  }
}
