import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The commit that the hub's one data set, org/tasks, is at. */
export const sha = 'a'.repeat(40);

const lines = Buffer.from('{"a": 1}\r\n\n{"a": 2}');

/** A hub on this machine; the parquet files were written by Arrow, one compressed by snappy, one by gzip. */
export class HubServer {
  readonly parquet = ['test-00000-of-00002.parquet', 'test-00001-of-00002.parquet'];
  asked: string[] = [];
  /** What is answered instead, in turn. */
  trouble: number[] = [];
  /** Whether large files come with another last byte. */
  damaged = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
  }

  static async open(): Promise<HubServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HubServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  reset(): void {
    [this.asked, this.trouble, this.damaged] = [[], [], false];
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.asked.push(url);
    const status = this.trouble.shift();
    if (status !== undefined) return void response.writeHead(status).end();
    const json = (body: unknown, headers: Record<string, string> = {}): void =>
      void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const tree = `/api/datasets/org/tasks/tree/${sha}?recursive=true`;
    const git = createHash('sha1').update(`blob ${lines.byteLength}\0`).update(lines).digest('hex');
    switch (url) {
      case '/api/datasets/org/tasks/revision/main':
        return json({ sha });
      case tree:
        return json([{ type: 'directory', path: 'data' }, large(this.parquet[1] ?? '')], {
          link: `<${this.url}${tree}&cursor=x>; rel="next"`,
        });
      case `${tree}&cursor=x`:
        return json([
          large(this.parquet[0] ?? ''),
          { type: 'file', path: 'dev.jsonl', size: lines.byteLength, oid: git },
          { type: 'file', path: 'README.md', size: 1, oid: '2'.repeat(40) },
        ]);
      case `/datasets/org/tasks/resolve/${sha}/dev.jsonl`:
        return void response.end(lines);
      default: {
        const name = this.parquet.find((one) => url === `/datasets/org/tasks/resolve/${sha}/data/${one}`);
        if (name === undefined) return void response.writeHead(404).end();
        const bytes = bytesOf(name);
        response.end(this.damaged ? Buffer.concat([bytes.subarray(0, -1), Buffer.from('X')]) : bytes);
      }
    }
  }
}

function bytesOf(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/hub/data/${name}`, import.meta.url)));
}

function large(name: string): object {
  const bytes = bytesOf(name);
  const oid = createHash('sha256').update(bytes).digest('hex');
  const { byteLength: size } = bytes;
  return { type: 'file', path: `data/${name}`, size, oid: '1'.repeat(40), lfs: { oid, size } };
}
