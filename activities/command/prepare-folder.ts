import { createWriteStream } from 'node:fs';
import { chmod, copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { canonicalJson } from '../../recipe/canonical.js';
import { UserError } from '../../recipe/errors.js';
import type { Mount } from '../../sandbox/sandbox.js';
import type { Blob } from '../../schemas/records.js';
import type { ActivityContext, InputSource } from '../activity.js';

/**
 * The working folder of a command, made anew for each attempt, with its inputs mounted read-only:
 * records at `/work/inputs/NAME.jsonl`, the blobs that they name at `/work/inputs/blobs/<hex>`, a file of the recipe at
 * `/work/inputs/NAME`, a tree of files as the folder `/work/inputs/NAME` (several as `/work/inputs/NAME/KEY`).
 */
export async function prepareFolder(context: ActivityContext): Promise<{ work: string; mounts: Mount[] }> {
  const work = join(context.directory, 'work');
  const folder = join(context.directory, 'inputs');
  await rm(work, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(work, 'inputs'), { recursive: true });
  await mkdir(join(work, 'outputs'));
  await mkdir(folder, { recursive: true });
  const mounts: Mount[] = [
    { host: work, guest: '/work', writable: true },
    { host: folder, guest: '/work/inputs' },
  ];
  // A mount needs something to be put over.
  const mount = async (host: string, name: string, file: boolean): Promise<void> => {
    if (file) await writeFile(join(folder, name), '');
    else await mkdir(join(folder, name), { recursive: true });
    mounts.push({ host, guest: `/work/inputs/${name}` });
  };
  for (const name of context.inputs.names()) {
    const sources = context.inputs.sources(name);
    if (sources.length === 0 && !context.inputs.has(name)) continue;
    if (sources.length === 0) {
      await mount(await weights(context, name), name, false);
      continue;
    }
    const forms = new Set(await Promise.all(sources.map((source) => context.inputs.form(source))));
    const [only] = sources;
    if (forms.size === 1 && forms.has('files')) {
      if (only && sources.length === 1) await mount(await context.inputs.path(only), name, false);
      else
        for (const [key, source] of keyed(name, sources))
          await mount(await context.inputs.path(source), `${name}/${key}`, false);
    } else if (only && sources.length === 1 && forms.has('file')) {
      await mount(await context.inputs.path(only), name, true);
    } else if (forms.has('files')) {
      throw new UserError(
        'command-input',
        `Input ${name} mixes trees of files with records: give each an input of its own.`,
      );
    } else {
      await writeRecords(context, name, folder);
    }
  }
  return { work, mounts };
}

/** Lists of trees have the keys of their foreach as names of folders. */
function keyed(name: string, sources: readonly InputSource[]): Map<string, InputSource> {
  const byKey = new Map(sources.map((source) => [source.key, source]));
  if (byKey.size === sources.length && !byKey.has('')) return byKey;
  throw new UserError(
    'command-input',
    `Input ${name} has ${sources.length} trees of files without a key each: give each an input of its own.`,
  );
}

async function weights(context: ActivityContext, name: string): Promise<string> {
  const model = context.inputs.model(name);
  if (model.kind === 'weights') return model.directory();
  throw new UserError(
    'command-input',
    `Input ${name} is a ${model.kind} model: it has no files to mount, and a sandbox has no network to reach it. Give the output of a stage.`,
  );
}

async function writeRecords(context: ActivityContext, name: string, folder: string): Promise<void> {
  const blobs = new Map<string, Blob>();
  async function* lines(): AsyncGenerator<string> {
    for await (const record of context.inputs.records(name)) {
      collectBlobs(record, blobs);
      yield `${canonicalJson(record)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, `${name}.jsonl`)));
  if (blobs.size > 0) await mkdir(join(folder, 'blobs'), { recursive: true });
  for (const blob of blobs.values()) {
    const target = join(folder, 'blobs', blob.digest.replace('sha256:', ''));
    const source = await context.blobs.file(blob);
    // The same file where the file system can: archives of repositories are large.
    await link(source, target).catch(async () => {
      await copyFile(source, target);
      await chmod(target, 0o444);
    });
  }
}

function collectBlobs(value: unknown, found: Map<string, Blob>): void {
  if (typeof value !== 'object' || value === null) return;
  const { digest, size } = value as Partial<Blob>;
  if (typeof digest === 'string' && typeof size === 'number' && Object.keys(value).length === 2)
    found.set(digest, { digest, size });
  else for (const entry of Object.values(value)) collectBlobs(entry, found);
}
