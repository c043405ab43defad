import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Cores } from '../../../engine/stage/cores.js';

const never = new AbortController().signal;

test('training waits until the others are done, and they wait for it, in the order of asking', async () => {
  const cores = new Cores();
  const events: string[] = [];
  const work = (name: string, exclusive: boolean): Promise<void> =>
    cores.use(exclusive, never, async () => {
      events.push(`${name} starts`);
      await pause(5);
      events.push(`${name} ends`);
    });
  await Promise.all([work('a', false), work('b', false), work('train', true), work('c', false)]);
  expect(events).toEqual([
    'a starts',
    'b starts',
    'a ends',
    'b ends',
    'train starts',
    'train ends',
    'c starts',
    'c ends',
  ]);
});

test('who stops waiting leaves no place taken', async () => {
  const cores = new Cores();
  const gone = new AbortController();
  let release = (): void => undefined;
  const held = cores.use(false, never, () => new Promise<void>((resolve) => (release = resolve)));
  const waiting = cores.use(true, gone.signal, () => Promise.resolve('ran'));
  gone.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  expect(await cores.use(false, never, () => Promise.resolve('ran'))).toBe('ran');
  release();
  await held;
});
