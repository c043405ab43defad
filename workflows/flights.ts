/** A subscription that waits for its answer. */
export interface Flight {
  readonly key: string;
  /** Names the subscription; no two of a run are the same. */
  readonly epoch: number;
  /** Node under which the stage knows it: its number in the plan of that time. */
  readonly as: number;
  /** The run has it done itself: there is no stage that knows of it. */
  readonly direct?: true;
}

export type FlightMemory = readonly [node: number, key: string, epoch: number, as?: number];

/** Stages that a run waits for, by the node's number in the present plan. */
export class Flights {
  #flights: Map<number, Flight>;
  #lastEpoch = 0;

  constructor(memory: readonly FlightMemory[] = []) {
    this.#flights = new Map(memory.map(([node, key, epoch, as = node]) => [node, { key, epoch, as }]));
    for (const { epoch } of this.#flights.values()) this.#lastEpoch = Math.max(this.#lastEpoch, epoch);
  }

  get size(): number {
    return this.#flights.size;
  }

  /** @param now milliseconds, so that the epochs of a continuation come after those before it */
  start(node: number, key: string, now: number, direct = false): Flight {
    this.#lastEpoch = Math.max(this.#lastEpoch + 1, now);
    const flight: Flight = { key, epoch: this.#lastEpoch, as: node, ...(direct ? { direct } : {}) };
    this.#flights.set(node, flight);
    return flight;
  }

  get(node: number): Flight | undefined {
    return this.#flights.get(node);
  }

  /** Ends the waiting of a node. */
  take(node: number): Flight | undefined {
    const flight = this.#flights.get(node);
    this.#flights.delete(node);
    return flight;
  }

  /** The node that an answer is for; undefined where nobody waits for it any more. */
  land(epoch: number): number | undefined {
    for (const [node, flight] of this.#flights) {
      if (flight.epoch !== epoch) continue;
      this.#flights.delete(node);
      return node;
    }
    return undefined;
  }

  /** A direct one goes on as a subscription. Gives the node that it is for; undefined where nobody waits for it any more. */
  divert(epoch: number): { node: number; key: string } | undefined {
    for (const [node, { key, epoch: found }] of this.#flights) {
      if (found !== epoch) continue;
      this.#flights.set(node, { key, epoch, as: node });
      return { node, key };
    }
    return undefined;
  }

  has(epoch: number): boolean {
    return [...this.#flights.values()].some((flight) => flight.epoch === epoch);
  }

  /** Takes all away. */
  takeAll(): Flight[] {
    const all = [...this.#flights.values()];
    this.#flights.clear();
    return all;
  }

  /**
   * Moves to the numbers of another plan, and gives the flights that it has no use for.
   * @param from for each node of it the present one that it takes over, or -1
   */
  renumber(from: readonly number[]): Flight[] {
    const left = this.#flights;
    this.#flights = new Map();
    from.forEach((before, node) => {
      const flight = left.get(before);
      if (!flight) return;
      this.#flights.set(node, flight);
      left.delete(before);
    });
    return [...left.values()];
  }

  /** Those that a stage knows of. */
  stages(): { node: number; key: string }[] {
    return [...this.#flights].flatMap(([node, { key, direct }]) => (direct ? [] : [{ node, key }]));
  }

  toMemory(): FlightMemory[] {
    return [...this.#flights].map(([node, { key, epoch, as }]) =>
      as === node ? [node, key, epoch] : [node, key, epoch, as],
    );
  }
}
