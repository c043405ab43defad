import { condition, setHandler } from '@temporalio/workflow';
import type { RunBook } from './run-book.js';
import {
  abortUpdate,
  approveUpdate,
  refused,
  retryUpdate,
  reviseUpdate,
  skipUpdate,
  stageEndedSignal,
} from './run-input.js';

/** What stages tell a run, and what people decide about it. */
export function listen(book: RunBook): void {
  const requireOpen = (node: number): void => {
    if ('cdSs'.includes(book.states.get(node) ?? 'd')) throw refused('already-ended', 'it has already ended');
  };
  setHandler(stageEndedSignal, ({ epoch, outcome }) => book.hear(epoch, outcome));
  setHandler(
    retryUpdate,
    (nodes, options) => {
      const chosen = nodes.length > 0 ? nodes : book.states.numbers('h', 'f');
      book.states.retry(chosen);
      for (const node of chosen) {
        book.ran.delete(node);
        if (options?.items === 'all') book.again.set(node, new Date().toISOString());
      }
      book.wake();
      return chosen;
    },
    {
      validator: (nodes: number[], _options: { items?: 'all' } | undefined) => {
        for (const node of nodes) {
          if (!'hfS'.includes(book.states.get(node) ?? '.')) throw refused('not-held', 'it is neither held nor failed');
        }
        if (nodes.length === 0 && book.states.numbers('h', 'f').length === 0)
          throw refused('not-held', 'no stage is held or failed');
      },
    },
  );
  setHandler(
    skipUpdate,
    (node) => {
      book.leave(node);
      book.states.set(node, 'S');
      book.news.push({ node, state: 'S' });
      book.wake();
    },
    { validator: requireOpen },
  );
  setHandler(
    approveUpdate,
    (node) => {
      book.approved.add(node);
      if (book.states.get(node) === 'h') book.states.set(node, '.');
      book.wake();
    },
    { validator: requireOpen },
  );
  setHandler(abortUpdate, () => {
    book.aborted = true;
    book.wake();
  });
  setHandler(reviseUpdate, async (next) => {
    const revision = { next, done: false };
    book.revisions.push(revision);
    book.wake();
    await condition(() => revision.done || book.ended);
    if (!revision.done) throw refused('run-ended', 'the run ended before it got its new plan');
  });
}
