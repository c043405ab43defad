import { join } from 'node:path';
import type { Checkout } from '../schemas/records.js';
import { folderOnce } from './files.js';
import type { BlobFiles } from './sandbox-context.js';

/** Unpacked tree of a checkout, made once a digest. */
export async function checkoutFolder(checkout: Checkout, blobs: BlobFiles, cache: string): Promise<string> {
  const name = checkout.archive.digest.replace('sha256:', '');
  return folderOnce(join(cache, 'checkouts', name), async (aside) => {
    const archive = await blobs.file(checkout.archive);
    const { execa } = await import('execa');
    await execa('tar', [
      '--extract',
      '--no-same-owner',
      '--no-same-permissions',
      '--file',
      archive,
      '--directory',
      aside,
    ]);
  });
}
