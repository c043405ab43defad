import type { Store } from '../../artifacts/open.js';
import { each } from '../../artifacts/reachable.js';
import type { AdvanceAnswer, AdvanceInput } from '../../workflows/advance.js';
import type { DirectBatch } from '../../workflows/direct.js';
import { NodeStates, type StateLetter } from '../../workflows/node-states.js';
import { batchesOf } from '../orders/direct-batches.js';
import { KnownResults, MANY } from './known-results.js';
import { NodeLook, type NeededWork, type Walk } from './node-look.js';
import type { WorkOrder } from '../orders/order.js';
import type { OrderBook } from '../orders/order-book.js';
import { graphOf } from '../orders/plan-graph.js';
import type { Plans } from '../orders/plans.js';
import type { Ports } from '../ports.js';
import type { Registry } from '../modules/registry.js';

/** Nodes a call, and milliseconds: a call must end well within its time limit, and its answer stay far below what Temporal refuses. */
const MOST_NODES = 20_000;
const LONGEST = 30_000;
/** The same within a workflow's task, and for how long. */
const QUICK_NODES = 256;
const QUICK_TIME = 2_000;
/** Look-ups at once. */
const WIDTH = 32;

interface Walked {
  readonly walk: Walk;
  readonly changes: [number, StateLetter][];
  readonly needed: NeededWork[];
  readonly more: boolean;
}

/** Walks a plan as far as it goes without work: through every cache hit, up to the stages that have to run. */
export class Advance {
  readonly #nodes: NodeLook;

  constructor(
    private readonly store: Store,
    private readonly plans: Plans,
    registry: Registry,
    ports: Ports,
    private readonly orders: OrderBook,
  ) {
    this.#nodes = new NodeLook(store, registry, ports);
  }

  async run(input: AdvanceInput): Promise<AdvanceAnswer> {
    for (;;) {
      const lastSweep = await this.store.sweeps.last();
      const { walk, changes, needed, more } = await this.#walk(input);
      const ordered = needed.filter(({ direct }) => !direct).map(({ order }) => order);
      const [direct] = await Promise.all([
        this.#writeBatches(
          input,
          needed.filter(({ direct }) => direct).map(({ order }) => order),
        ),
        this.store.runs.writeNodes(input.runId, [...walk.records.values()]),
        each(ordered, async (order) => void (await this.orders.write(order))),
      ]);
      // From here on the run's record names what was found. Nobody collects it, unless somebody was about to.
      if (!(await this.store.sweeps.passed(walk.hits, lastSweep)))
        return { changes, ready: ordered.map(named), more, ...(direct.length > 0 ? { direct } : {}) };
      for (const [number] of changes) this.#nodes.forgetOutputs(input, number);
    }
  }

  async #writeBatches({ runId, direct }: AdvanceInput, orders: readonly WorkOrder[]): Promise<DirectBatch[]> {
    return Promise.all(
      batchesOf(orders, direct?.inFlight ?? 0).map(async (alike) => ({
        batch: await this.orders.writeBatch(runId, alike),
        queue: alike[0]?.queue ?? '',
        stages: alike.map(named),
      })),
    );
  }

  async #walk(input: AdvanceInput): Promise<Walked> {
    const plan = await this.plans.get(input.plan);
    const graph = graphOf(plan);
    const walk: Walk = {
      input,
      records: new Map(),
      hits: [],
      doubted: new Set(),
      believes: input.rewinds === true && plan.nodes.length >= MANY,
      graph,
    };
    const states = new NodeStates(input.states);
    const changes: [number, StateLetter][] = [];
    const needed: NeededWork[] = [];
    const looked = new Set<number>();
    const set = (node: number, letter: StateLetter): void => {
      states.set(node, letter);
      changes.push([node, letter]);
    };

    const end = Date.now() + (input.quick ? QUICK_TIME : LONGEST);
    const most = input.quick ? QUICK_NODES : MOST_NODES;
    const goesOn = (): boolean => looked.size < most && Date.now() < end;
    const isFull = (number: number): boolean => needed.length >= input.room && this.#nodes.hasMissed(input, number);
    const mayGo = (number: number): boolean =>
      states.get(number) === '.' &&
      !looked.has(number) &&
      !isFull(number) &&
      (graph.needs[number] ?? []).every((need) => 'cdsS'.includes(states.get(need) ?? '.'));
    const waiting = states.numbers('.');
    // The first walk through a large plan may find all of it: no matter for a workflow's task.
    if (input.quick && waiting.length >= MANY && waiting.length === plan.nodes.length)
      return { walk, changes, needed, more: true };
    if (!input.quick && waiting.length >= MANY)
      walk.known = await KnownResults.read(this.store, plan.name, waiting.length, input.runId);
    let wave = waiting.filter(mayGo);
    while (wave.length > 0 && goesOn()) {
      const next = new Set<number>();
      for (let start = 0; start < wave.length && goesOn(); start += WIDTH) {
        await Promise.all(
          wave.slice(start, start + WIDTH).map(async (number) => {
            const node = plan.nodes[number];
            if (!node || isFull(number)) return;
            looked.add(number);
            const found = await this.#nodes.look(walk, number, node, states);
            if (typeof found === 'string') {
              set(number, found);
              for (const dependent of graph.dependents[number] ?? []) next.add(dependent);
            } else if ('lost' in found) {
              looked.delete(number);
              for (const above of found.lost.filter((above) => states.get(above) === 'c')) {
                set(above, '.');
                this.#nodes.forgetOutputs(input, above);
                walk.doubted.add(above);
                looked.delete(above);
                next.add(above);
              }
            } else if (needed.length < input.room) {
              needed.push(found);
              walk.records.set(number, this.#nodes.begun(found.order));
            }
          }),
        );
      }
      wave = [...next].filter(mayGo).sort((left, right) => left - right);
    }
    return {
      walk,
      changes,
      needed: needed.sort((left, right) => left.order.node - right.order.node),
      more: !goesOn() && changes.length > 0,
    };
  }
}

function named({ node, key }: WorkOrder): { node: number; key: string } {
  return { node, key };
}
