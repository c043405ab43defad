import { expect, test } from 'vitest';
import { RunBook } from '../../workflows/run-book.js';

const opened = (nodes = 3): RunBook =>
  new RunBook({ runId: 'r', plan: 'plan', nodes, onFailure: 'hold', window: 8, direct: true });

test('nobody is told that a run no longer waits for what it does itself, nor does it hear what became of it', () => {
  const book = opened();
  const { epoch } = book.flights.start(0, 'key', 1, true);
  book.flights.start(1, 'other', 1);
  book.leave(0);
  book.leave(1);
  expect(book.leaving.map(({ key }) => key)).toEqual(['other']);
  book.dirty = false;
  book.hear(epoch, { kind: 'committed' });
  book.divert({ epoch, batch: 'batch', spent: 0 });
  expect([book.dirty, book.diverted, [...book.ran]]).toEqual([false, [], []]);
});

test('a stage that goes elsewhere is waited for under the number that it has by then', () => {
  const book = opened();
  const { epoch } = book.flights.start(0, 'key', 1, true);
  book.states.set(0, 'r');
  book.divert({ epoch, batch: 'batch', spent: 1 });
  book.renumber([-1, 0], { plan: 'next', source: '', nodes: 2, set: [], retry: [] });
  expect(book.diverted).toHaveLength(1);
  expect(book.flights.stages()).toEqual([]);
  expect(book.flights.divert(epoch)).toEqual({ node: 1, key: 'key' });
  expect(book.flights.stages()).toEqual([{ node: 1, key: 'key' }]);
  expect(book.flights.get(1)).toEqual({ key: 'key', epoch, as: 1 });
});

test('a continuation knows all that the run knew', () => {
  const book = opened();
  book.flights.start(1, 'key', 5);
  book.states.set(1, 'r');
  book.ran.add(2);
  book.approved.add(0);
  const next = new RunBook(book.toInput(false, undefined));
  expect(next.states.toString()).toBe('.r.');
  expect([...next.ran, ...next.approved]).toEqual([2, 0]);
  expect(next.flights.get(1)).toEqual({ key: 'key', epoch: 5, as: 1 });
  expect(next.dirty).toBe(true);
});
