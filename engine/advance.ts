import type { NodeRecord } from '../artifacts/run-records.js';
import type { Store } from '../artifacts/open.js';
import { each } from '../artifacts/reachable.js';
import { cacheName } from '../artifacts/stage-cache.js';
import { evaluateExpect } from '../recipe/expect.js';
import type { Plan, PlanNode } from '../recipe/plan.js';
import type { AdvanceAnswer, AdvanceInput } from '../workflows/control.js';
import { NodeStates, type StateLetter } from '../workflows/node-states.js';
import { environmentDigest } from './executor.js';
import { failureOf } from './failures.js';
import { KnownResults } from './known-results.js';
import { orderName, type WorkOrder } from './order.js';
import type { Plans } from './plans.js';
import type { Ports } from './ports.js';
import type { Registry } from './registry.js';
import { needsOf, resolveNode, type Upstream } from './resolve.js';

/** Look-ups a call: a call must end well within its time limit. */
const MOST_NODES = 5_000;
/** The same within a workflow's task, and for how long. */
const QUICK_NODES = 256;
const QUICK_TIME = 2_000;
/** How long a miss may be believed: hundreds of ready stages wait for room, and are not looked up again whenever one of them ends. */
const MISS_LASTS = 10_000;
/** As many stages that may be cached are looked for by listing. */
const MANY = 200;
/** Look-ups at once. */
const WIDTH = 32;

/** Walks a plan as far as it goes without work: through every cache hit, up to the stages that have to run. */
export class Advance {
  /** Outputs of finished nodes, by `run/plan/node`: a chain looks at each of them again and again. */
  readonly #outputs = new Map<string, Upstream>();
  /** When a node that may go was last not in the cache, by `run/plan/node`. */
  readonly #missed = new Map<string, number>();
  /** When this worker saw a node's work begin, by the name of its order. */
  readonly #started = new Map<string, string>();

  constructor(
    private readonly store: Store,
    private readonly plans: Plans,
    private readonly registry: Registry,
    private readonly ports: Ports,
  ) {}

  async run(input: AdvanceInput): Promise<AdvanceAnswer> {
    for (;;) {
      const lastSweep = await this.store.sweeps.last();
      const walk: Walk = { input, records: [], orders: [], hits: [] };
      const answer = await this.#walk(walk);
      await Promise.all([
        this.store.runs.writeNodes(input.runId, walk.records),
        each(walk.orders, (order) =>
          this.store.objects.put(orderName(order.runId, order.node, order.key), JSON.stringify(order)),
        ),
      ]);
      // From here on the run's record names what was found. Nobody collects it, unless somebody was about to.
      if (!(await this.store.sweeps.passed(walk.hits, lastSweep))) return answer;
      for (const [number] of answer.changes) this.#outputs.delete(`${input.runId}/${input.plan}/${number}`);
    }
  }

  async #walk(walk: Walk): Promise<AdvanceAnswer> {
    const { input } = walk;
    const plan = await this.plans.get(input.plan);
    const states = new NodeStates(input.states);
    const changes: [number, StateLetter][] = [];
    const ready: { node: number; key: string }[] = [];
    const looked = new Set<number>();
    const set = (node: number, letter: StateLetter): void => {
      states.set(node, letter);
      changes.push([node, letter]);
    };

    const end = input.quick ? Date.now() + QUICK_TIME : Infinity;
    const most = input.quick ? QUICK_NODES : MOST_NODES;
    const goesOn = (): boolean => looked.size < most && Date.now() < end;
    const graph = graphOf(plan);
    const mayGo = (number: number): boolean =>
      states.get(number) === '.' &&
      !looked.has(number) &&
      !(ready.length >= input.room && this.#hasMissed(input, number)) &&
      (graph.needs[number] ?? []).every((need) => 'cdsS'.includes(states.get(need) ?? '.'));
    const waiting = states.numbers('.');
    // The first walk through a large plan may find all of it: no matter for a workflow's task.
    if (input.quick && waiting.length >= MANY && waiting.length === plan.nodes.length)
      return { changes, ready, more: true };
    if (!input.quick && waiting.length >= MANY)
      walk.known = await KnownResults.read(this.store, plan.name, input.runId, waiting.length);
    let wave = waiting.filter(mayGo);
    while (wave.length > 0 && goesOn()) {
      const next = new Set<number>();
      for (let start = 0; start < wave.length && goesOn(); start += WIDTH) {
        await Promise.all(
          wave.slice(start, start + WIDTH).map(async (number) => {
            const node = plan.nodes[number];
            if (!node || (ready.length >= input.room && this.#hasMissed(input, number))) return;
            looked.add(number);
            const letter = await this.#look(walk, number, node, states);
            if (typeof letter === 'string') {
              set(number, letter);
              for (const dependent of graph.dependents[number] ?? []) next.add(dependent);
            } else if (ready.length < input.room) {
              ready.push({ node: number, key: letter.key });
              walk.orders.push(letter);
              walk.records.push(this.#begun(letter));
            }
          }),
        );
      }
      wave = [...next].filter(mayGo).sort((left, right) => left - right);
    }
    return {
      changes,
      ready: ready.sort((left, right) => left.node - right.node),
      more: !goesOn() && changes.length > 0,
    };
  }

  #hasMissed({ runId, plan }: AdvanceInput, node: number): boolean {
    return Date.now() - (this.#missed.get(`${runId}/${plan}/${node}`) ?? -Infinity) < MISS_LASTS;
  }

  /** The record of a node whose work is about to begin. */
  #begun(order: WorkOrder): NodeRecord {
    const startedAt = new Date().toISOString();
    if (this.#started.size > 50_000) this.#started.clear();
    this.#started.set(orderName(order.runId, order.node, order.key), startedAt);
    const { node, nodeId: id, key } = order;
    return { node, id, activity: order.document.activity, state: 'running', key, startedAt };
  }

  async #startedAt({ runId, node, key }: WorkOrder): Promise<string | undefined> {
    return this.#started.get(orderName(runId, node, key)) ?? (await this.store.runs.node(runId, node))?.startedAt;
  }

  /** The node's new state, or the work that it needs. */
  async #look(walk: Walk, number: number, node: PlanNode, states: NodeStates): Promise<StateLetter | WorkOrder> {
    const { input } = walk;
    const record = (state: NodeRecord['state'], more: Partial<NodeRecord> = {}): void =>
      void walk.records.push({ node: number, id: node.id, activity: node.activity, state, ...more });
    const now = new Date().toISOString();
    const held = (failure: NodeRecord['failure'], more: Partial<NodeRecord> = {}): StateLetter => {
      const letter = input.onFailure === 'fail' && failure?.class !== 'approval' ? 'f' : 'h';
      record(letter === 'h' ? 'held' : 'failed', { ...more, failure, endedAt: now });
      return letter;
    };
    try {
      const activity = await this.registry.find(node);
      const upstream = new Map<number, Upstream>();
      for (const need of needsOf(node)) upstream.set(need, await this.#upstream(input, need, states));
      const resolution = resolveNode(
        node,
        activity,
        (need) => upstream.get(need) ?? { state: 'skipped' },
        await environmentDigest(activity, this.ports),
      );
      if (resolution.skipped) {
        record('skipped', { endedAt: now });
        return 's';
      }
      const again = input.again?.find(([redone]) => redone === number)?.[1];
      const order: WorkOrder = {
        ...resolution.order,
        runId: input.runId,
        node: number,
        ...(again === undefined ? {} : { again }),
      };
      const ran = input.ran.includes(number);
      // What has just been made, or found whole by the stage itself, need not be looked at piece by piece.
      if (!ran && this.#hasMissed(input, number)) return order;
      const known = ran ? undefined : await walk.known?.find(order.key);
      const made = known ? undefined : await this.store.stages[ran ? 'peek' : 'find'](order.key);
      const result = known ?? made;
      if (!result || result === 'none') {
        if (this.#missed.size > 50_000) this.#missed.clear();
        this.#missed.set(`${input.runId}/${input.plan}/${number}`, Date.now());
        return order;
      }
      this.#missed.delete(`${input.runId}/${input.plan}/${number}`);
      walk.hits.push(cacheName(order.key));

      const approved = input.approved.includes(number);
      const facts = {
        key: order.key,
        outputs: result.outputs,
        scalars: result.scalars,
        ...(approved ? { approved } : {}),
        ...(ran ? { startedAt: await this.#startedAt(order) } : {}),
        endedAt: (ran && made?.provenance['endedAt']?.toString()) || now,
      };
      if (node.expect && !approved && !evaluateExpect(node.expect, result.scalars)) {
        return held(
          {
            class: 'expect',
            code: 'expect-false',
            message:
              `Stage ${node.id} expects \`${node.expect}\`, and its outputs are ${JSON.stringify(result.scalars)}. ` +
              `Let it pass with \`mortar approve ${input.runId} ${node.id}\`, or change the recipe.`,
          },
          facts,
        );
      }
      if (node.approve && !approved) {
        return held(
          {
            class: 'approval',
            code: 'approval-needed',
            message: `Stage ${node.id} waits for \`mortar approve ${input.runId} ${node.id}\`.`,
          },
          facts,
        );
      }
      record(ran ? 'done' : 'cached', facts);
      this.#remember(input, number, { state: 'finished', outputs: result.outputs });
      return ran ? 'd' : 'c';
    } catch (error) {
      const failure = failureOf(error);
      // A store that does not answer is no fact about the stage: the whole call is tried again.
      if (failure.class === 'infrastructure') throw error;
      return held(failure);
    }
  }

  async #upstream(input: AdvanceInput, node: number, states: NodeStates): Promise<Upstream> {
    const letter = states.get(node);
    if (letter === 's' || letter === 'S') return { state: 'skipped' };
    const known = this.#outputs.get(`${input.runId}/${input.plan}/${node}`);
    if (known) return known;
    const record = await this.store.runs.node(input.runId, node);
    if (!record?.outputs)
      throw new Error(`node ${node} of run ${input.runId} is finished, but its record has no outputs`);
    const upstream: Upstream = { state: 'finished', outputs: record.outputs };
    this.#remember(input, node, upstream);
    return upstream;
  }

  #remember({ runId, plan }: AdvanceInput, node: number, upstream: Upstream): void {
    if (this.#outputs.size > 50_000) this.#outputs.clear();
    this.#outputs.set(`${runId}/${plan}/${node}`, upstream);
  }
}

/** What one walk has to write down before it tells anybody. */
interface Walk {
  readonly input: AdvanceInput;
  readonly records: NodeRecord[];
  readonly orders: WorkOrder[];
  /** Names of cache entries that were found. */
  readonly hits: string[];
  known?: KnownResults;
}

interface Graph {
  readonly needs: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
}

const graphs = new WeakMap<Plan, Graph>();

/** Both directions of the edges, made once a plan: a chain of thousands is walked in steps, not in scans. */
function graphOf(plan: Plan): Graph {
  const known = graphs.get(plan);
  if (known) return known;
  const needs = plan.nodes.map(needsOf);
  const dependents: number[][] = plan.nodes.map(() => []);
  needs.forEach((numbers, node) => {
    for (const need of numbers) dependents[need]?.push(node);
  });
  const graph = { needs, dependents };
  graphs.set(plan, graph);
  return graph;
}
