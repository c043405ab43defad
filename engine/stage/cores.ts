interface Waiting {
  readonly exclusive: boolean;
  readonly grant: () => void;
}

/**
 * The cores of a machine on which training has no device of its own. Training takes all of them, everything else shares
 * them: side by side on two cores, training ran at a tenth of its speed. Served in the order of asking, so nobody starves.
 */
export class Cores {
  #sharing = 0;
  #exclusive = false;
  readonly #waiting: Waiting[] = [];

  /**
   * Waits for the cores, works, and gives them back. Waiting ends when the signal is aborted.
   * @param waits called once where the cores are not free at once
   */
  async use<T>(exclusive: boolean, signal: AbortSignal, work: () => Promise<T>, waits?: () => void): Promise<T> {
    const taken = this.#take(exclusive, signal);
    if (this.#waiting.length > 0) waits?.();
    await taken;
    try {
      return await work();
    } finally {
      if (exclusive) this.#exclusive = false;
      else this.#sharing -= 1;
      this.#grant();
    }
  }

  #take(exclusive: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted while it waited for the cores.'));
        this.#grant();
      };
      const entry: Waiting = {
        exclusive,
        grant: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#waiting.push(entry);
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#grant();
    });
  }

  #grant(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#exclusive || (next.exclusive && this.#sharing > 0)) return;
      this.#waiting.shift();
      if (next.exclusive) this.#exclusive = true;
      else this.#sharing += 1;
      next.grant();
    }
  }
}
