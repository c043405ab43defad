import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { requireConditionalWrites } from '../../services/bucket.js';
import type { Connection } from '../../services/connection.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers a conditional write of an object that is there with this status. */
async function store(again: number): Promise<Connection> {
  const present = new Set<string>();
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const name = (request.url ?? '').split('?')[0] ?? '';
      const taken = present.has(name) && request.headers['if-none-match'] === '*';
      present.add(name);
      response.writeHead(taken ? again : 200).end();
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    temporal: { address: '', namespace: '' },
    s3: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      bucket: 'mortar',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    },
  };
}

test('a store that overwrites in spite of If-None-Match is refused, with what to do', async () => {
  await expect(requireConditionalWrites(await store(200))).rejects.toMatchObject({
    code: 'store-unconditional',
    message: expect.stringContaining('overwrites an object in spite of If-None-Match') as string,
  });
});

test('a store that refuses the second write is taken', async () => {
  await requireConditionalWrites(await store(412));
});
