import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, type Random } from '../../activities/random.js';

export type S3Fault = 's3-error' | 's3-slow' | 's3-torn' | 's3-lost-answer' | 's3-silent';

const ERRORS = [
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [503, 'SlowDown'],
] as const;

/** Stands before a real S3 server, and does to a share of the requests what networks and stores do. */
export class S3Proxy {
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #random: Random;
  #fault: { readonly kind: S3Fault; readonly share: number; left: number } | undefined;
  #atWrite: { readonly prefix: string; readonly act: () => void } | undefined;
  readonly #hanging = new Set<ServerResponse>();
  /** Requests that were harmed, by the kind of the fault. */
  readonly harmed: Partial<Record<S3Fault, number>> = {};

  private constructor(
    private readonly target: URL,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#server = createServer((incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async start(target: string, seed: number): Promise<S3Proxy> {
    const proxy = new S3Proxy(new URL(target), seed);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param share of the requests, 0..1 @param times after which it ends by itself */
  begin(kind: S3Fault, share: number, times = Infinity): void {
    this.#fault = { kind, share, left: times };
  }

  /** Does something once the next write under a prefix is in the store; its writer gets no answer. */
  atNextWrite(prefix: string, act: () => void): void {
    this.#atWrite = { prefix, act };
  }

  end(): void {
    this.#fault = undefined;
    for (const hang of this.#hanging) hang.destroy();
    this.#hanging.clear();
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    const fault = this.#draw();
    if (fault) this.harmed[fault] = (this.harmed[fault] ?? 0) + 1;
    if (fault === 's3-error') {
      const [status, code] = ERRORS[this.#random.below(ERRORS.length)] ?? ERRORS[0];
      outgoing.writeHead(status, { 'content-type': 'application/xml' });
      outgoing.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>chaos</Message></Error>`);
      return;
    }
    if (fault === 's3-silent') {
      this.#hanging.add(outgoing);
      return;
    }
    if (fault === 's3-slow') await sleep(200 + this.#random.below(2_300));
    let sent = Buffer.concat(body);
    // Half of a body, and the end of the connection.
    const cutRequest = fault === 's3-torn' && sent.length > 1 && this.#random.below(2) === 0;
    if (cutRequest) sent = sent.subarray(0, sent.length >> 1);
    const answer = await this.#forward(incoming, sent, cutRequest);
    if (!answer || fault === 's3-lost-answer') {
      answer?.resume();
      outgoing.destroy();
      return;
    }
    const at = this.#atWrite;
    if (at && incoming.method === 'PUT' && incoming.url?.includes(at.prefix) && answer.statusCode === 200) {
      this.#atWrite = undefined;
      at.act();
      answer.resume();
      outgoing.destroy();
      return;
    }
    const received: Buffer[] = [];
    for await (const chunk of answer) received.push(chunk as Buffer);
    const bytes = Buffer.concat(received);
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    if (fault === 's3-torn') {
      outgoing.write(bytes.subarray(0, bytes.length >> 1), () => outgoing.destroy());
      return;
    }
    outgoing.end(bytes);
  }

  #draw(): S3Fault | undefined {
    if (!this.#fault || this.#fault.left <= 0 || this.#random.next() >= this.#fault.share) return undefined;
    this.#fault.left -= 1;
    return this.#fault.kind;
  }

  /** The server's answer; undefined where it gave none. */
  #forward(incoming: IncomingMessage, body: Buffer, cut: boolean): Promise<IncomingMessage | undefined> {
    return new Promise((resolve) => {
      const { hostname, port } = this.target;
      const { expect: _, ...headers } = incoming.headers;
      const forwarded = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers, agent: this.#agent },
        resolve,
      );
      forwarded.on('error', () => resolve(undefined));
      if (cut) forwarded.write(body, () => forwarded.destroy());
      else forwarded.end(body);
    });
  }
}
