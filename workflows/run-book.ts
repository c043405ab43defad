import type { Failure, RunState } from '../artifacts/run-record.js';
import type { Revise } from './revise.js';
import type { StageOutcome } from './stage-messages.js';
import { Flights, type Flight } from './flights.js';
import { MEMORY_VERSION } from './memory-version.js';
import { NodeStates } from './node-states.js';
import type { RunInput, RunMemory } from './run-input.js';

/** A fact that the store has to hear of. */
export interface News {
  readonly node: number;
  readonly state: 'h' | 'f' | 'S';
  readonly failure?: Failure;
}

/** A stage that could not be done directly: its own workflow has to see to it. */
export interface Diverted {
  readonly epoch: number;
  readonly batch: string;
  readonly spent: number;
}

/** All that a run knows: states and flights of its nodes, and what is still to be told or done about them. */
export class RunBook {
  plan: string;
  states: NodeStates;
  approved: Set<number>;
  ran: Set<number>;
  again: Map<number, string>;
  readonly flights: Flights;
  news: News[] = [];
  /** Subscriptions that are given up. */
  readonly leaving: Flight[] = [];
  diverted: Diverted[] = [];
  readonly revisions: { readonly next: Revise; done: boolean }[] = [];
  /** Nothing is left to be done before somebody decides, and the store knows. */
  settled: boolean;
  /** There is something to do. */
  dirty: boolean;
  aborted = false;
  ended = false;

  constructor(private readonly input: RunInput) {
    const memory = input.memory?.version === MEMORY_VERSION ? input.memory : undefined;
    this.plan = input.plan;
    this.states = memory ? new NodeStates(memory.states) : NodeStates.waiting(input.nodes);
    this.approved = new Set(memory?.approved);
    this.ran = new Set(memory?.ran);
    this.again = new Map(memory?.again);
    this.flights = new Flights(memory?.inFlight);
    this.settled = memory?.settled !== undefined;
    this.dirty = !this.settled;
  }

  wake(): void {
    this.dirty = true;
    this.settled = false;
  }

  /** A stage has told what became of it. */
  hear(epoch: number, outcome: StageOutcome): void {
    const node = this.flights.land(epoch);
    if (node === undefined) return;
    this.wake();
    switch (outcome.kind) {
      case 'committed':
        this.ran.add(node);
        this.states.set(node, '.');
        return;
      case 'failed':
      case 'cancelled': {
        if (outcome.kind === 'failed' && outcome.weaker) {
          this.states.set(node, '.');
          return;
        }
        const state = this.input.onFailure === 'hold' ? 'h' : 'f';
        this.states.set(node, state);
        this.news.push({ node, state, failure: outcome.kind === 'failed' ? outcome.failure : cancelledOutside });
        return;
      }
    }
  }

  /** A stage that could not be done directly. */
  divert(diverted: Diverted): void {
    if (!this.flights.has(diverted.epoch)) return;
    this.diverted.push(diverted);
    this.wake();
  }

  leave(node: number): void {
    this.#left(this.flights.take(node));
  }

  leaveAll(): void {
    for (const flight of this.flights.takeAll()) this.#left(flight);
  }

  /** Moves to the numbers of another plan. @param from for each node of it the present one that it takes over, or -1 */
  renumber(from: readonly number[], next: Revise): void {
    const nodesOf = new Map<number, number[]>();
    from.forEach((before, node) => nodesOf.set(before, [...(nodesOf.get(before) ?? []), node]));
    const moved = (numbers: Iterable<number>): number[] => [...numbers].flatMap((node) => nodesOf.get(node) ?? []);
    this.states = this.states.renumbered(from);
    for (const flight of this.flights.renumber(from)) this.#left(flight);
    // Where two nodes take over one that runs, the second subscribes itself.
    for (const node of this.states.numbers('r')) if (!this.flights.get(node)) this.states.set(node, '.');
    this.approved = new Set(moved(this.approved));
    this.ran = new Set(moved(this.ran));
    this.again = new Map([...this.again].flatMap(([node, since]) => moved([node]).map((now) => [now, since])));
    this.news = this.news.flatMap((entry) => moved([entry.node]).map((node) => ({ ...entry, node })));
    const retried = next.retry.length > 0 ? next.retry : this.states.numbers('h', 'f');
    this.states.retry(retried);
    this.plan = next.plan;
  }

  /** What a continuation of the run is started with. */
  toInput(held: boolean, recorded: RunState | undefined): RunInput {
    const memory: RunMemory = {
      version: MEMORY_VERSION,
      states: this.states.toString(),
      approved: [...this.approved],
      ran: [...this.ran],
      inFlight: this.flights.toMemory(),
      ...(this.again.size > 0 ? { again: [...this.again] } : {}),
      ...(held ? { settled: recorded } : {}),
    };
    return { ...this.input, plan: this.plan, nodes: this.states.toString().length, memory };
  }

  /** Nobody has to be told that a run no longer waits for what it does itself. */
  #left(flight: Flight | undefined): void {
    if (flight && !flight.direct) this.leaving.push(flight);
  }
}

const cancelledOutside: Failure = {
  class: 'infrastructure',
  code: 'stage-cancelled',
  message: 'The stage was cancelled outside this run.',
};
