import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireConditionalWrites } from '../../artifacts/conditional-writes.js';
import { openStore, type Store } from '../../artifacts/open.js';
import { TestServers } from './servers.js';

let servers: TestServers;
let store: Store;

beforeAll(async () => {
  servers = await TestServers.start();
  store = await openStore({ environment: servers.environment });
}, 90_000);

afterAll(async () => {
  store?.close();
  await servers?.stop();
});

describe('the S3 adapter, on a real server', () => {
  test('lets one of twenty racing writers win', async () => {
    await requireConditionalWrites(store.objects);
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.objects.putIfAbsent('race', String(number))),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store.objects.get('race'))?.toString()).toBe(String(won.indexOf(true)));
  });

  test('finds nothing where there is nothing', async () => {
    expect(await store.objects.get('nothing')).toBeUndefined();
    expect(await store.objects.head('nothing')).toBeUndefined();
    expect(await store.objects.download('nothing', join(servers.folder, 'nothing'))).toBe(false);
    await store.objects.delete('nothing');
  });

  test('lists over pages, in order, and names folders', async () => {
    await Promise.all(
      Array.from({ length: 1_100 }, (_, number) => store.objects.put(`many/${number % 2}/${number}`, 'x')),
    );
    const keys: string[] = [];
    for await (const { key, size } of store.objects.list('many/')) {
      keys.push(key);
      expect(size).toBe(1);
    }
    expect(keys).toHaveLength(1_100);
    expect(keys).toEqual([...keys].sort());
    const folders: string[] = [];
    for await (const folder of store.objects.folders('many/')) folders.push(folder);
    expect(folders).toEqual(['0', '1']);
  });

  test('sends a large file in parts and brings the same bytes back', async () => {
    const path = join(servers.folder, 'large');
    await writeFile(path, Buffer.alloc(40 * 1024 * 1024 + 17, 'abcdefg'));
    const blob = await store.blobs.putFile(path);
    expect(await store.blobs.has(blob)).toBe(true);
    expect(await store.blobs.file(blob.digest)).toContain(blob.digest.slice(7));
  });

  test('gives a bucket one id, whoever opens it', async () => {
    const again = await openStore({ environment: servers.environment });
    expect(again.id).toBe(store.id);
    again.close();
    const others = await Promise.all(
      [1, 2, 3].map(() => openStore({ environment: { ...servers.environment, MORTAR_BUCKET: 'other' } })),
    );
    expect(new Set(others.map(({ id }) => id)).size).toBe(1);
    expect(others[0]?.id).not.toBe(store.id);
    for (const other of others) other.close();
  });

  test('says which service refuses and why', async () => {
    const environment = { ...servers.environment, AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' };
    await expect(openStore({ environment, impatient: true })).rejects.toMatchObject({ code: 'store-unreachable' });
  });
});
