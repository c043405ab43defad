import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands before a server that is spoken to over TCP: passes bytes on, until it is told to reset, refuse or swallow them. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refuses = false;
  #silent = false;

  private constructor(private readonly port: number) {
    this.#server = createServer((near) => this.#join(near));
  }

  /** @param address `host:port` on this machine */
  static async start(address: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(Number(address.split(':')[1]));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection, and each new one until `restore`. */
  reset(): void {
    this.#refuses = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Connections stay and nothing comes through, in either direction, until `restore`. */
  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  restore(): void {
    this.#refuses = false;
    this.#silent = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => {
        if (!to.write(bytes)) {
          from.pause();
          to.once('drain', () => this.#silent || from.resume());
        }
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#silent) from.pause();
    }
  }
}
