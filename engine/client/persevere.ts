import { setTimeout as sleep } from 'node:timers/promises';
import { isInfrastructureError, type InfrastructureError } from '../../recipe/errors.js';

/** Milliseconds for which a service may be away before whoever follows a run gives up. */
const PATIENCE = 10 * 60_000;
const PAUSE = 1_000;

/** A service stopped answering, or does so again. */
export interface Outage {
  readonly service: 'temporal' | 'store';
  /** Why; absent where it is over. */
  readonly message?: string;
}

export type OnOutage = (outage: Outage) => void;

/** Tells each outage of a service once, however often it is noticed. */
export class Outages {
  readonly #away = new Map<Outage['service'], number>();

  constructor(private readonly tell: OnOutage = () => undefined) {}

  lost(service: Outage['service'], message: string): void {
    if (this.#away.has(service)) return;
    this.#away.set(service, Date.now());
    this.tell({ service, message });
  }

  back(service: Outage['service']): void {
    if (this.#away.delete(service)) this.tell({ service });
  }

  /**
   * Reads from the store, again and again while it does not answer. Undefined where the signal came first.
   * @throws what the store said, once it has been away for longer than anybody's restart takes
   */
  async persevere<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    while (!signal?.aborted) {
      try {
        const value = await read();
        this.back('store');
        return value;
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.lost('store', error.message);
        if (Date.now() - (this.#away.get('store') ?? 0) > PATIENCE) throw error;
        await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

function isOutage(error: unknown): error is InfrastructureError {
  return isInfrastructureError(error) && error.code === 'store-unreachable';
}
