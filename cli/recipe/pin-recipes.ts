import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Unpinned, findUnpinned, pinned } from '../../recipe/explain/pin.js';

/** Tells the revision that a repository is at now. */
export type Resolve = (reference: Pick<Unpinned, 'repository' | 'kind'>) => Promise<string>;

/** Pins what recipes name on the hub, in place. All is resolved before any file is written. */
export async function pinRecipes(
  files: readonly string[],
  resolve: Resolve,
): Promise<{ file: string; pinned: readonly string[] }[]> {
  const known = new Map<string, Promise<string>>();
  const revision = (reference: Unpinned): Promise<string> => {
    const key = `${reference.kind} ${reference.repository}`;
    const asked = known.get(key) ?? resolve(reference);
    known.set(key, asked);
    return asked;
  };
  const results: { file: string; text: string; pinned: string[] }[] = [];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const pins: { repository: string; offset: number; revision: string }[] = [];
    for (const found of findUnpinned(text)) pins.push({ ...found, revision: await revision(found) });
    if (pins.length > 0)
      results.push({
        file,
        text: pinned(text, pins),
        pinned: pins.map((pin) => `${pin.repository}@${pin.revision}`),
      });
  }
  for (const { file, text } of results) replaceWhole(file, text);
  return results.map(({ file, pinned: names }) => ({ file, pinned: names }));
}

/** Never half a recipe: written beside it, then moved over it. What a link names is written, not the link; its permissions stay. */
function replaceWhole(file: string, text: string): void {
  const target = realpathSync(file);
  const aside = `${target}.pinned`;
  try {
    writeFileSync(aside, text, { mode: statSync(target).mode });
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
