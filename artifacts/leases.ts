import { randomBytes } from 'node:crypto';
import { InfrastructureError } from '../recipe/errors.js';
import { systemClock, type Clock } from './clock.js';
import type { ObjectStore } from './store.js';

const LEASES = 'leases/';
/** A lease that was not renewed for this long belongs to a dead worker. */
const LEASE_LIFETIME = 10 * 60_000;
const RENEW_EVERY = 2 * 60_000;

interface LeaseRecord {
  readonly mortar: 1;
  /** Since when work has been going on. */
  readonly since: number;
}

/**
 * Says that this worker is at work: nothing that it has written since, or found young enough not to write it again, may be collected.
 * One object a worker; a stage that begins while another one runs costs nothing.
 */
export class WorkerLease {
  readonly #name = `${LEASES}${randomBytes(8).toString('hex')}.json`;
  readonly #begun = new Map<symbol, number>();
  #turn: Promise<void> = Promise.resolve();
  #renewedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly objects: ObjectStore,
    private readonly clock: Clock = systemClock,
  ) {}

  async hold<T>(work: () => Promise<T>): Promise<T> {
    const holder = Symbol();
    this.#begun.set(holder, this.clock.now());
    try {
      // Longer than the timer takes: a machine that slept has to write anew before it works.
      if (this.clock.now() - this.#renewedAt > 2 * RENEW_EVERY) await this.renew();
      this.#timer ??= setInterval(() => void this.renew().catch(() => undefined), RENEW_EVERY).unref();
      return await work();
    } finally {
      this.#begun.delete(holder);
    }
  }

  /** @throws InfrastructureError where the lease ran out meanwhile, so that what the work relied on may be gone */
  requireValid(): void {
    if (this.clock.now() - this.#renewedAt < LEASE_LIFETIME) return;
    throw new InfrastructureError(
      'lease-lost',
      'This worker could not renew its lease in the artifact store for 10 minutes, so what it found there may have been collected. The stage is tried again.',
    );
  }

  /** Writes the lease again while somebody works, and gives it up where nobody does. */
  async renew(): Promise<void> {
    // One after the other: a late deletion must not hit the lease of work that has just begun.
    const turn = this.#turn.catch(() => undefined).then(() => this.#write());
    this.#turn = turn;
    await turn;
  }

  async close(): Promise<void> {
    this.#begun.clear();
    await this.renew();
  }

  async #write(): Promise<void> {
    if (this.#begun.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      if (this.#renewedAt === -Infinity) return;
      this.#renewedAt = -Infinity;
      await this.objects.delete(this.#name);
      return;
    }
    const now = this.clock.now();
    const record: LeaseRecord = { mortar: 1, since: Math.min(...this.#begun.values()) };
    await this.objects.put(this.#name, JSON.stringify(record));
    this.#renewedAt = now;
  }
}

/** Since when the work that goes on somewhere has been going on; Infinity where there is none. */
export async function oldestWork(objects: ObjectStore, clock: Clock = systemClock): Promise<number> {
  let oldest = Infinity;
  for await (const { key, modified } of objects.list(LEASES)) {
    if (clock.now() - modified.getTime() > LEASE_LIFETIME) {
      await objects.delete(key);
      continue;
    }
    const bytes = await objects.get(key);
    if (bytes) oldest = Math.min(oldest, (JSON.parse(bytes.toString('utf8')) as LeaseRecord).since);
  }
  return oldest;
}
