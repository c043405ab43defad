import type { ModelsPort } from '../models/model.js';
import type { SandboxPort } from '../sandbox/sandbox.js';
import type { TrainerPort } from '../trainer/trainer.js';

/** What this worker can offer to activities. */
export interface PortFactories {
  readonly sandbox?: () => Promise<SandboxPort>;
  readonly models?: () => Promise<ModelsPort>;
  readonly trainer?: () => Promise<TrainerPort>;
}

/** Ports, made on first use and once. A worker without Docker can still train. */
export class Ports {
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(readonly factories: PortFactories = {}) {}

  sandbox(): Promise<SandboxPort> {
    return this.#once('sandbox', this.factories.sandbox);
  }

  models(): Promise<ModelsPort> {
    return this.#once('models', this.factories.models);
  }

  trainer(): Promise<TrainerPort> {
    return this.#once('trainer', this.factories.trainer);
  }

  #once<T>(name: string, factory: (() => Promise<T>) | undefined): Promise<T> {
    const made = this.#made.get(name) as Promise<T> | undefined;
    if (made) return made;
    const making = factory ? factory() : Promise.reject(new Error(`this worker was started without the ${name} port`));
    this.#made.set(name, making);
    // A port that could not be made (a daemon that is down) may be there the next time.
    making.catch(() => this.#made.delete(name));
    return making;
  }
}

/** The same port, made when one of its methods is first called: activities get their ports without waiting for each. */
export function lazily<T extends object>(methods: readonly (keyof T & string)[], make: () => Promise<T>): T {
  const entries = methods.map((method) => [
    method,
    async (...parameters: unknown[]): Promise<unknown> => {
      const port = await make();
      return (port[method] as (...given: unknown[]) => unknown).apply(port, parameters);
    },
  ]);
  return Object.fromEntries(entries) as T;
}
