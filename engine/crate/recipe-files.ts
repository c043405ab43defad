import { posix } from 'node:path';
import type { Store } from '../../artifacts/open.js';
import type { RunRecord } from '../../artifacts/run-record.js';
import type { RecipeSource } from '../runs/recipe-source.js';
import type { CrateFolder } from './folder.js';
import type { Reference } from './graph.js';

export interface CrateRecipe {
  /** Path of the recipe in the crate. */
  readonly path: string;
  readonly text: string;
  /** Recipes that it extends or uses, and files that params name. */
  readonly others: readonly Reference[];
  /** Files that params name, by the path that the plan has. */
  readonly files: ReadonlyMap<string, Reference>;
}

/** Writes what the plan was made from, as it lay beside each other: the recipe in the crate can be run. */
export async function writeRecipeFiles(store: Store, record: RunRecord, folder: CrateFolder): Promise<CrateRecipe> {
  const source = record.source === undefined ? undefined : await sourceOf(store, record.source);
  const file = source?.file ?? 'recipe.yaml';
  const text = source?.text ?? (await store.blobs.bytes(record.recipe)).toString('utf8');
  const texts = Object.entries(source?.texts ?? {}).flatMap(([path, text]) => (text === null ? [] : [{ path, text }]));
  const inCrate = placing([file, ...texts.map(({ path }) => path), ...Object.keys(record.files)]);
  const others: Reference[] = [];
  for (const { path, text } of texts)
    if (path !== file) others.push(await folder.write(inCrate(path), text, { description: 'Recipe that is used' }));
  const files = new Map<string, Reference>();
  for (const [path, digest] of Object.entries(record.files)) {
    const bytes = store.blobs.bytes(digest).then((bytes) => [bytes]);
    files.set(path, await folder.write(inCrate(path), await asPieces(bytes), { description: 'Data of the recipe' }));
  }
  return { path: inCrate(file), text, others: [...others, ...files.values()], files };
}

/** Below the folder that all of them share, whatever it is called on the machine where they were read. */
export function placing(paths: readonly string[]): (path: string) => string {
  // Relative paths may lead out of the folder that they were read from: that one lies deep enough.
  const whole = (path: string): string => posix.resolve('/_'.repeat(32), path);
  const folders = paths.map((path) => posix.dirname(whole(path)).split('/'));
  const [first = [], ...rest] = folders;
  const shared = first.filter((step, at) => rest.every((folder) => folder[at] === step && sameUpTo(folder, first, at)));
  const base = shared.join('/') || '/';
  return (path) => `recipe/${posix.relative(base, whole(path))}`;
}

function sameUpTo(left: readonly string[], right: readonly string[], end: number): boolean {
  for (let at = 0; at < end; at += 1) if (left[at] !== right[at]) return false;
  return true;
}

async function* pieces(bytes: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* bytes;
}

async function asPieces(bytes: Promise<readonly Uint8Array[]>): Promise<AsyncIterable<Uint8Array>> {
  return pieces(await bytes);
}

async function sourceOf(store: Store, digest: string): Promise<RecipeSource> {
  return JSON.parse((await store.blobs.bytes(digest)).toString('utf8')) as RecipeSource;
}
