import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appearWhole } from '../artifacts/local-cache.js';

const require = createRequire(import.meta.url);

/** Path of the bundled workflows: built once for each content, then found in the cache folder. */
export async function workflowBundle(cache: string): Promise<string> {
  const folder = fileURLToPath(new URL('../workflows/', import.meta.url));
  const hash = createHash('sha256').update(
    (require('@temporalio/workflow/package.json') as { version: string }).version,
  );
  // The workflows import values from their own folder only; from elsewhere they take types.
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.js')).sort()) {
    hash.update(name).update(await readFile(join(folder, name)));
  }
  return appearWhole(join(cache, 'workflow-bundles', `${hash.digest('hex').slice(0, 32)}.cjs`), async (temporary) => {
    const { bundleWorkflowCode } = await import('@temporalio/worker');
    const silent = (): void => undefined;
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(dirname(join(folder, 'index.js')), 'index.js'),
      logger: { log: silent, trace: silent, debug: silent, info: silent, warn: console.warn, error: console.error },
    });
    await writeFile(temporary, code);
  });
}
