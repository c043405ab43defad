import { randomUUID } from 'node:crypto';
import type { TestOutcome, Workspace } from './repository.js';

type Ask = <T>(operation: string, fields: Readonly<Record<string, unknown>>) => Promise<T>;

/** A workspace kept by the runner. Should the runner die, the workspace is gone with it and its calls are refused. */
export async function openWorkspace(ask: Ask, patches: readonly string[]): Promise<Workspace> {
  const workspace = randomUUID();
  await ask('open', { workspace, patches });
  return {
    view: (file, first, last) => ask('view', { workspace, file, first, last }),
    locate: (file, symbol) => ask('locate', { workspace, file, symbol }),
    replace: (file, line, old, replacement) => ask('replace', { workspace, file, line, old, new: replacement }),
    test: (tests, timeout) => ask<TestOutcome>('test', { workspace, tests, timeout }),
    diff: () => ask('diff', { workspace }),
    async close() {
      await ask('close', { workspace });
    },
  };
}
