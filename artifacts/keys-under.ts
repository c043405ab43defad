import type { ObjectStore } from './store.js';

/** All keys that begin with a prefix, in their order: for prefixes that hold no more than fits into memory. */
export async function keysUnder(objects: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects.list(prefix)) keys.push(key);
  return keys;
}
