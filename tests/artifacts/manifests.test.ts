import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BlobStore } from '../../artifacts/blobs.js';
import { requireConditionalWrites } from '../../artifacts/conditional-writes.js';
import { ArtifactStore } from '../../artifacts/manifests.js';
import { StageCache } from '../../artifacts/stage-cache.js';
import { MemoryStore } from './memory-store.js';

let folder: string;
let objects: MemoryStore;
let artifacts: ArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-artifacts-'));
  objects = new MemoryStore();
  artifacts = new ArtifactStore(new BlobStore(objects, join(folder, 'cache')));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(digest: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of artifacts.records(digest)) records.push(record);
  return records;
}

describe('an artifact of records', () => {
  test('comes back as it was written, and has one digest whatever order its objects were built in', async () => {
    const digest = await artifacts.writeRecords('numbers', [
      { a: 1, b: 'ü\n' },
      { a: 2, b: '' },
    ]);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await read(digest)).toEqual([
      { a: 1, b: 'ü\n' },
      { a: 2, b: '' },
    ]);
    expect(
      await artifacts.writeRecords('numbers', [
        { b: 'ü\n', a: 1 },
        { b: '', a: 2 },
      ]),
    ).toBe(digest);
    expect(
      await artifacts.writeRecords('other', [
        { a: 1, b: 'ü\n' },
        { a: 2, b: '' },
      ]),
    ).not.toBe(digest);
  });

  test('is cut into parts of about 4 MB, which are read in order', async () => {
    const records = Array.from({ length: 100 }, (_, number) => ({ number, text: 'x'.repeat(100_000) }));
    const digest = await artifacts.writeRecords('texts', records);
    const { parts, records: count } = await artifacts.manifest(digest);
    expect(parts.map((part) => part.records)).toEqual([42, 42, 16]);
    expect(count).toBe(100);
    expect(await read(digest)).toEqual(records);
  });

  test('names the blobs that its records refer to', async () => {
    const blob = await artifacts.blobs.put('archive');
    const { attachments } = await artifacts.manifest(
      await artifacts.writeRecords('checkouts', [{ archive: blob, deep: [{ blob }] }]),
    );
    expect(attachments).toEqual([blob]);
  });
});

test('an artifact of files comes back as a folder', async () => {
  await mkdir(join(folder, 'in/deep'), { recursive: true });
  await writeFile(join(folder, 'in/deep/b'), 'second');
  await writeFile(join(folder, 'in/a'), 'first');
  const digest = await artifacts.writeTree('model', join(folder, 'in'));
  expect((await artifacts.manifest(digest)).files.map(({ path }) => path)).toEqual(['a', 'deep/b']);
  const directory = await artifacts.directory(digest);
  expect(await readFile(join(directory, 'deep/b'), 'utf8')).toBe('second');
  expect(await artifacts.directory(digest)).toBe(directory);
});

test('bytes that do not fit their digest are refused', async () => {
  const { digest } = await artifacts.blobs.put('bytes');
  objects.objects.set(`blobs/${digest.slice(7)}`, Buffer.from('other'));
  await expect(artifacts.blobs.bytes(digest)).rejects.toMatchObject({ code: 'blob-damaged' });
  await expect(artifacts.blobs.file(digest)).rejects.toMatchObject({ code: 'blob-damaged' });
});

describe('the stage cache', () => {
  const result = async (scalar: number) => ({
    key: `sha256:${'0'.repeat(64)}`,
    outputs: { out: { kind: 'numbers', digest: await artifacts.writeRecords('numbers', [scalar]) } },
    scalars: { scalar },
    provenance: {},
  });

  test('keeps the first result of a key, and tells the second writer so', async () => {
    const cache = new StageCache(artifacts);
    const [first, second] = [await result(1), await result(2)];
    expect(await cache.commit(first)).toEqual({ result: first, won: true });
    expect(await cache.commit(second)).toEqual({ result: first, won: false });
    expect(await cache.find(first.key)).toEqual(first);
  });

  test('takes a result whose bytes are gone or cut short for a miss, which can be written again', async () => {
    const cache = new StageCache(artifacts);
    const first = await result(1);
    await cache.commit(first);
    const [part] = (await artifacts.manifest(first.outputs.out.digest)).parts;
    objects.objects.set(`blobs/${part?.blob.digest.slice(7)}`, Buffer.alloc(0));
    expect(await cache.find(first.key)).toBeUndefined();
    expect((await cache.commit(await result(1))).won).toBe(true);
    expect(await cache.find(first.key)).toEqual(first);
  });
});

test('a store that ignores conditional writes is refused', async () => {
  await requireConditionalWrites(objects);
  expect(objects.objects.size).toBe(0);
  const careless = new MemoryStore();
  careless.putIfAbsent = async (key, bytes) => {
    await careless.put(key, bytes);
    return true;
  };
  await expect(requireConditionalWrites(careless)).rejects.toMatchObject({
    code: 'store-unconditional',
    message: expect.stringContaining('a second write of one object was accepted and left "second"') as string,
  });
});
