import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServers } from '../integration/servers.js';

/** Keeps one worker running, as systemd or Kubernetes would: one that ends is started again. */
export class Supervisor {
  #child: ChildProcess | undefined;
  #closed = false;
  /** Not before this time. */
  #notBefore = 0;
  #asked = false;
  readonly #loop: Promise<void>;
  /** Times that a worker which served ended unasked. */
  gaveUp = 0;
  starts = 0;

  constructor(
    private readonly servers: TestServers,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.#loop = this.#keep();
  }

  /** Ends the worker, and lets it be started again after a while. */
  async end(signal: 'SIGKILL' | 'SIGTERM', downtime: number): Promise<void> {
    const child = this.#child;
    this.#asked = true;
    this.#notBefore = Infinity;
    if (child) await this.servers.kill(child, signal);
    this.#notBefore = Date.now() + downtime;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#child) await this.servers.kill(this.#child, 'SIGTERM');
    await this.#loop;
  }

  async #keep(): Promise<void> {
    while (!this.#closed) {
      while (Date.now() < this.#notBefore && !this.#closed) await sleep(50);
      if (this.#closed) return;
      this.#asked = false;
      this.starts += 1;
      const { child, ready } = this.servers.launch(this.environment);
      this.#child = child;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      // One that cannot start, since nothing that it needs answers, is started again like any other.
      const served = await ready.then(
        () => true,
        () => false,
      );
      if (!served) await this.servers.kill(child, 'SIGKILL');
      await ended;
      if (served && !this.#asked && !this.#closed) this.gaveUp += 1;
      await sleep(300);
    }
  }
}
