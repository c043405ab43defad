import { expect, test } from 'vitest';
import { LogReader } from '../../../engine/client/log-reader.js';
import { Redactor } from '../../../engine/stage/redactor.js';
import { StageLog } from '../../../engine/stage/stage-log.js';
import { sha256 } from '../../../recipe/canonical.js';
import { MemoryStore } from '../../artifacts/memory-store.js';

const key = sha256('stage');
const running = { id: 'square', key, state: 'running' as const };

async function write(objects: MemoryStore, part: string, ...messages: string[]): Promise<void> {
  const log = new StageLog(objects, key, part, new Redactor([]));
  for (const message of messages) log.write('info', message);
  await log.flush();
}

test('each call gives what was written since the last one', async () => {
  const objects = new MemoryStore();
  const reader = new LogReader(objects);
  await write(objects, '1', 'first', 'second');
  expect((await reader.next([running])).map(({ stage, message }) => [stage, message])).toEqual([
    ['square', 'first'],
    ['square', 'second'],
  ]);
  expect(await reader.next([running])).toEqual([]);
  // Another attempt, perhaps by another worker.
  await write(objects, '2', 'third');
  expect((await reader.next([running])).map(({ message }) => message)).toEqual(['third']);
});

test('what a failing store withheld comes with the next call', async () => {
  const objects = new MemoryStore();
  await write(objects, '1', 'first');
  await write(objects, '2', 'second');
  let answers = false;
  const failing = Object.create(objects) as MemoryStore;
  failing.get = async (name) => {
    if (!answers && name.includes('-2-')) throw new Error('away');
    return objects.get(name);
  };
  const reader = new LogReader(failing);
  await expect(reader.next([running])).rejects.toThrow('away');
  answers = true;
  expect((await reader.next([running])).map(({ message }) => message)).toEqual(['first', 'second']);
});

test('a stage that has ended is looked at no more, until it runs again', async () => {
  const objects = new MemoryStore();
  let listed = 0;
  const counting = Object.create(objects) as MemoryStore;
  counting.list = (prefix) => {
    listed += 1;
    return objects.list(prefix);
  };
  const reader = new LogReader(counting);
  const held = { ...running, state: 'held' as const, endedAt: '2026-01-01T00:00:00.000Z' };
  await write(objects, '1', 'first');
  await reader.next([held]);
  await reader.next([held]);
  expect(listed).toBe(1);
  await write(objects, '2', 'again');
  expect((await reader.next([running])).map(({ message }) => message)).toEqual(['again']);
});
