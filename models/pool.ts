import { startServer, type Server, type ServerSpec } from './server.js';

interface Entry {
  readonly started: Promise<Server>;
  users: number;
  timer?: NodeJS.Timeout;
}

/** Servers by the digest of what they serve: started once, shared, stopped when nobody has used them for a while. */
export class ServerPool {
  readonly #entries = new Map<string, Entry>();
  readonly #idle: number;

  /** @param idle milliseconds */
  constructor(idle: number) {
    this.#idle = idle;
  }

  /** Each `acquire` needs one `release`. */
  async acquire(
    key: string,
    spec: () => Promise<ServerSpec>,
  ): Promise<{ readonly server: Server; readonly release: () => void }> {
    let entry = this.#entries.get(key);
    if (entry !== undefined) {
      const known = await entry.started.catch(() => undefined);
      // Died since (killed, out of memory): start it again.
      if (known?.alive() !== true && this.#entries.get(key) === entry) this.#entries.delete(key);
      entry = this.#entries.get(key);
    }
    if (entry === undefined) {
      entry = { started: spec().then(startServer), users: 0 };
      entry.started.catch(() => undefined);
      this.#entries.set(key, entry);
    }
    const held = entry;
    held.users += 1;
    clearTimeout(held.timer);
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      held.users -= 1;
      if (held.users === 0) {
        held.timer = setTimeout(() => void this.#stop(key, held), this.#idle);
        held.timer.unref();
      }
    };
    try {
      return { server: await held.started, release };
    } catch (error) {
      if (this.#entries.get(key) === held) this.#entries.delete(key);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries].map(([key, entry]) => this.#stop(key, entry)));
  }

  async #stop(key: string, entry: Entry): Promise<void> {
    clearTimeout(entry.timer);
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    const server = await entry.started.catch(() => undefined);
    await server?.stop();
  }
}
