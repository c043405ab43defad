import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutFolder } from '../../sandbox/checkout-folder.js';
import type { Checkout, Instance } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';
import { applyPatch } from './apply-patch.js';

/** Reads files of a checkout as latin-1 texts; null where there is no such file. */
export async function checkoutReader(
  checkout: Checkout,
  context: Pick<ActivityContext, 'blobs' | 'cache'>,
): Promise<(file: string) => Promise<string | null>> {
  const folder = await checkoutFolder(checkout, context.blobs, context.cache);
  const texts = new Map<string, Promise<string | null>>();
  return (file) => {
    let text = texts.get(file);
    if (text === undefined) {
      text = readFile(join(folder, file), 'latin1').catch(() => null);
      texts.set(file, text);
    }
    return text;
  };
}

/** Whether the bug patch followed by the gold patch gives the checkout again, byte for byte. Throws PatchError. */
export async function mendsExactly(
  instance: Pick<Instance, 'bug_patch' | 'patch'>,
  read: (file: string) => Promise<string | null>,
): Promise<boolean> {
  const broken = await applyPatch(instance.bug_patch, read);
  const readBroken = async (file: string): Promise<string | null> =>
    broken.has(file) ? (broken.get(file) ?? null) : read(file);
  const mended = await applyPatch(instance.patch, readBroken);
  for (const file of new Set([...broken.keys(), ...mended.keys()])) {
    const now = mended.has(file) ? (mended.get(file) ?? null) : await readBroken(file);
    if (now !== (await read(file))) return false;
  }
  return true;
}
