import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasConditionalReplacement, requireConditionalWrites } from '../../artifacts/conditional-writes.js';
import { openStore, type Store } from '../../artifacts/open.js';
import { S3Proxy } from '../chaos/s3-proxy.js';
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

  test('keeps bytes under any name, and knows them again', async () => {
    for (const name of ["a b+c/'(x)*!~/=&,;:@$", 'größer/%2F/%41', '.../a..b/#?']) {
      const key = `named/${name}`;
      await store.objects.put(key, name);
      expect((await store.objects.get(key))?.toString()).toBe(name);
      expect(await store.objects.head(key)).toMatchObject({ size: Buffer.byteLength(name) });
      const listed: string[] = [];
      for await (const { key: found } of store.objects.list(key)) listed.push(found);
      expect(listed).toEqual([key]);
      await store.objects.delete(key);
      expect(await store.objects.head(key)).toBeUndefined();
    }
  });

  test('replaces only what is what it was, and one of twenty who replace it wins', async () => {
    expect(await hasConditionalReplacement(store.objects)).toBe(true);
    await store.objects.put('replaced', 'first');
    const { tag } = (await store.objects.getTagged('replaced')) ?? { tag: '' };
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.objects.putIfMatch('replaced', String(number), tag)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store.objects.get('replaced'))?.toString()).toBe(String(won.indexOf(true)));
    expect(await store.objects.putIfMatch('never there', 'x', tag)).toBe(false);
    await store.objects.deleteAll(['replaced', 'never there']);
    expect(await store.objects.get('replaced')).toBeUndefined();
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

  test('reads an object again whose bytes broke off, and takes a write that it repeated for its own', async () => {
    const proxy = await S3Proxy.start(servers.environment['AWS_ENDPOINT_URL_S3'] ?? '', 1);
    const behind = await openStore({ environment: { ...servers.environment, AWS_ENDPOINT_URL_S3: proxy.url } });
    try {
      const text = 'whole '.repeat(1_000);
      await behind.objects.put('torn', text);
      proxy.begin('s3-torn', 1, 2);
      expect((await behind.objects.get('torn'))?.toString()).toBe(text);
      proxy.begin('s3-torn', 1, 2);
      expect(await behind.objects.download('torn', join(servers.folder, 'torn'))).toBe(true);
      expect(await readFile(join(servers.folder, 'torn'), 'utf8')).toBe(text);
      expect(proxy.harmed['s3-torn']).toBe(4);

      proxy.begin('s3-lost-answer', 1, 1);
      expect(await behind.objects.putIfAbsent('mine', 'mine')).toBe(true);
      proxy.begin('s3-lost-answer', 1, 1);
      expect(await behind.objects.putIfAbsent('mine', 'others')).toBe(false);
      expect((await store.objects.get('mine'))?.toString()).toBe('mine');
      // Nor does a store that answers late look like one that overwrites.
      proxy.begin('s3-lost-answer', 1, 1);
      await requireConditionalWrites(behind.objects);
    } finally {
      behind.close();
      await proxy.close();
    }
  });

  test('gives a request up that is never answered', async () => {
    const proxy = await S3Proxy.start(servers.environment['AWS_ENDPOINT_URL_S3'] ?? '', 1);
    const environment = { ...servers.environment, AWS_ENDPOINT_URL_S3: proxy.url };
    const impatient = await openStore({ environment, impatient: true });
    try {
      proxy.begin('s3-silent', 1);
      await expect(impatient.objects.get('store.json')).rejects.toMatchObject({ code: 'store-unreachable' });
    } finally {
      proxy.end();
      impatient.close();
      await proxy.close();
    }
  }, 60_000);

  test('says which service refuses and why', async () => {
    const environment = { ...servers.environment, AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' };
    await expect(openStore({ environment, impatient: true })).rejects.toMatchObject({ code: 'store-unreachable' });
  });
});
