import { systemClock, type Clock } from './clock.js';
import type { ObjectStore } from './store.js';

/** The last sweep of a collection: what it may delete, and whether it is over. */
export const SWEEP = 'gc/sweep.json';

/** How old the answer to "is there a sweep?" may be. */
export const LOOK_EVERY = 5_000;
/** Between the announcement of a sweep and its first deletion: whoever has not seen it by then has pinned what it uses. */
export const ANNOUNCED_FOR = 2 * LOOK_EVERY;
/** A sweep that has not renewed its announcement for this long is dead. */
export const SWEEP_LIFETIME = 120_000;

export interface SweepAnnouncement {
  readonly mortar: 1;
  readonly id: string;
  /** Object with the names that may be deleted, one a line; gone when the sweep is over. */
  readonly condemned: string;
  readonly over: boolean;
}

/**
 * What writers and readers ask before they rely on something that was there already. Ask for the last sweep, look, make it yours (a run's
 * record, a lease, a fresh write), then ask again: either the collection sees that it is yours, or you see the collection.
 */
export class Sweeps {
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;
  #last = '';
  #list: string | undefined;
  #condemned: ReadonlySet<string> | undefined;

  constructor(
    private readonly objects: ObjectStore,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Names the last sweep that is known of. */
  async last(): Promise<string> {
    if (this.clock.now() - this.#lookedAt > LOOK_EVERY) await (this.#looking ??= this.#look());
    return this.#last;
  }

  /**
   * True: a sweep may have deleted one of these objects since, so look again. Waits for its end.
   * @param since what `last` said before the objects were looked at
   */
  async passed(names: readonly string[], since: string): Promise<boolean> {
    const changed = (await this.last()) !== since;
    let waited = false;
    while (names.some((name) => this.#condemned?.has(name))) {
      waited = true;
      await this.clock.sleep(LOOK_EVERY / 10);
      this.#lookedAt = -Infinity;
      await this.last();
    }
    return changed || waited;
  }

  async #look(): Promise<void> {
    try {
      // The time before the question: the answer may be older than its arrival.
      const now = this.clock.now();
      const bytes = await this.objects.get(SWEEP);
      if (bytes) {
        const { id, condemned, over } = JSON.parse(bytes.toString('utf8')) as SweepAnnouncement;
        if (over || !(await this.#isAlive(now))) {
          this.#condemned = this.#list = undefined;
        } else if (condemned !== this.#list) {
          const lines = await this.objects.get(condemned);
          this.#condemned = lines && new Set(lines.toString('utf8').split('\n'));
          this.#list = condemned;
        }
        this.#last = id;
      }
      this.#lookedAt = now;
    } finally {
      this.#looking = undefined;
    }
  }

  async #isAlive(now: number): Promise<boolean> {
    const head = await this.objects.head(SWEEP);
    return head !== undefined && now - head.modified.getTime() < SWEEP_LIFETIME;
  }
}
