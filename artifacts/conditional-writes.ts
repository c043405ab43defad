import { randomBytes } from 'node:crypto';
import { UserError } from '../recipe/errors.js';
import type { ObjectStore } from './store.js';

/** Refuses a store that ignores `If-None-Match: *`: there, two runs could overwrite each other's results unseen. */
export async function requireConditionalWrites(objects: ObjectStore): Promise<void> {
  const key = `probe/${randomBytes(8).toString('hex')}`;
  try {
    const first = await objects.putIfAbsent(key, 'first');
    const second = await objects.putIfAbsent(key, 'second');
    const kept = (await objects.get(key))?.toString('utf8');
    if (first && !second && kept === 'first') return;
    throw new UserError(
      'store-unconditional',
      'The artifact store ignores conditional writes (If-None-Match: *): a second write of one object was ' +
        `${second ? 'accepted' : 'refused'} and left ${JSON.stringify(kept)}. Use versitygw, AWS S3, Ceph, R2 or SeaweedFS, or run \`mortar up\`.`,
    );
  } finally {
    await objects.delete(key);
  }
}

/** Whether the store replaces an object only where it still is what it was (`If-Match`): what claims are taken over by. */
export async function hasConditionalReplacement(objects: ObjectStore): Promise<boolean> {
  const key = `probe/${randomBytes(8).toString('hex')}`;
  try {
    await objects.putIfAbsent(key, 'first');
    const first = await objects.getTagged(key);
    if (!first || !(await objects.putIfMatch(key, 'second', first.tag))) return false;
    return !(await objects.putIfMatch(key, 'third', first.tag));
  } catch (error) {
    // A store that does not know the header may refuse it; one that does not answer says nothing about itself.
    if (isRefusal(error)) return false;
    throw error;
  } finally {
    await objects.delete(key);
  }
}

/** An answer that stays the same, however often it is asked for. */
function isRefusal(error: unknown): boolean {
  const cause = (error as { cause?: { $metadata?: { httpStatusCode?: number } } }).cause;
  const status = cause?.$metadata?.httpStatusCode ?? 0;
  return (status >= 400 && status < 500 && status !== 429) || status === 501;
}
