import type { Store } from '../../artifacts/open.js';
import type { NodeRecord } from '../../artifacts/run-record.js';
import { cacheName, type StageResult } from '../../artifacts/stage-cache.js';
import { evaluateExpect } from '../../recipe/expressions/expect.js';
import type { PlanNode } from '../../recipe/plan.js';
import type { AdvanceInput } from '../../workflows/advance.js';
import type { NodeStates, StateLetter } from '../../workflows/node-states.js';
import { isDirect } from '../orders/direct-batches.js';
import { environmentDigest } from '../environment-digest.js';
import { failureOf } from '../failures.js';
import type { KnownResult, KnownResults } from './known-results.js';
import { LostInputs } from './lost-inputs.js';
import { orderName, type WorkOrder } from '../orders/order.js';
import type { PlanGraph } from '../orders/plan-graph.js';
import type { Ports } from '../ports.js';
import type { Registry } from '../modules/registry.js';
import { needsOf, resolveNode, type Upstream } from '../orders/resolve.js';
import { Remembered } from '../../recipe/remembered.js';

/** How long a miss may be believed: hundreds of ready stages wait for room, and are not looked up again whenever one of them ends. */
const MISS_LASTS = 10_000;
const MOST_REMEMBERED = 50_000;

/** What one walk has to write down before it tells anybody, and what it goes by. */
export interface Walk {
  readonly input: AdvanceInput;
  /** By node; the last word on each. */
  readonly records: Map<number, NodeRecord>;
  /** Names of cache entries that were found. */
  readonly hits: string[];
  /** Results that were believed and are not there. */
  readonly doubted: Set<number>;
  /** Given where the plan is so large that earlier runs' records are read, and believed if the run can go back on that. */
  known?: KnownResults;
  /** Results of some nodes may have been believed, now or before. */
  readonly believes: boolean;
  readonly graph: PlanGraph;
}

/** Work that a node needs. */
export interface NeededWork {
  readonly order: WorkOrder;
  /** Its run may have it done itself. */
  readonly direct: boolean;
}

/** What a node would read is not there: these nodes before it are not finished after all. */
export interface LostWork {
  readonly lost: readonly number[];
}

/** Looks at one node whose needs have ended: is its result there, and is it what the recipe expects? */
export class NodeLook {
  /** Outputs of finished nodes, by `run/plan/node`: a chain looks at each of them again and again. */
  readonly #outputs = new Remembered<Upstream>(MOST_REMEMBERED);
  /** When a node that may go was last not in the cache, by `run/plan/node`. */
  readonly #missed = new Remembered<number>(MOST_REMEMBERED);
  /** When this worker saw a node's work begin, by the name of its order. */
  readonly #started = new Remembered<string>(MOST_REMEMBERED);
  readonly #lost = new LostInputs();

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly ports: Ports,
  ) {}

  hasMissed(input: AdvanceInput, node: number): boolean {
    return Date.now() - (this.#missed.get(nameOf(input, node)) ?? -Infinity) < MISS_LASTS;
  }

  forgetOutputs(input: AdvanceInput, node: number): void {
    this.#outputs.delete(nameOf(input, node));
  }

  /** The record of a node whose work is about to begin. */
  begun({ runId, node, nodeId: id, key, document }: WorkOrder): NodeRecord {
    const startedAt = new Date().toISOString();
    this.#started.set(orderName(runId, node, key), startedAt);
    return { node, id, activity: document.activity, state: 'running', key, startedAt };
  }

  /** The node's new state, or the work that it needs. */
  async look(
    walk: Walk,
    number: number,
    node: PlanNode,
    states: NodeStates,
  ): Promise<StateLetter | NeededWork | LostWork> {
    const { input } = walk;
    const record = (state: NodeRecord['state'], more: Partial<NodeRecord> = {}): void =>
      void walk.records.set(number, { node: number, id: node.id, activity: node.activity, state, ...more });
    const held = (failure: NodeRecord['failure'], more: Partial<NodeRecord> = {}): StateLetter => {
      const letter = input.onFailure === 'fail' && failure?.class !== 'approval' ? 'f' : 'h';
      record(letter === 'h' ? 'held' : 'failed', { ...more, failure, endedAt: new Date().toISOString() });
      return letter;
    };
    try {
      const upstream = await this.#upstreams(input, node, states);
      const needed = await this.#resolve(input, number, node, upstream);
      if (!needed) {
        record('skipped', { endedAt: new Date().toISOString() });
        return 's';
      }
      const { order } = needed;
      const work = async (): Promise<NeededWork | LostWork> => {
        const { known } = walk;
        const complete = (digest: string): Promise<boolean> => (known ?? this.store.artifacts).complete(digest);
        const isSuspect = (above: number): boolean => states.get(above) === 'c' && !walk.doubted.has(above);
        const lost = walk.believes ? await this.#lost.of(node, upstream, isSuspect, complete) : [];
        return lost.length > 0 ? { lost } : needed;
      };
      const ran = input.ran.includes(number);
      // What has just been made, or found whole by the stage itself, need not be looked at piece by piece.
      if (!ran && this.hasMissed(input, number)) return await work();
      const asked = ran || walk.doubted.has(number) ? undefined : walk.known;
      const believed = walk.believes && walk.graph.read.has(number) ? asked?.believed(order.key) : undefined;
      const known = believed ?? (await asked?.find(order.key));
      const made = known ? undefined : await this.store.stages[ran ? 'peek' : 'find'](order.key);
      const result = known ?? made;
      if (!result || result === 'none') {
        this.#missed.set(nameOf(input, number), Date.now());
        return await work();
      }
      this.#missed.delete(nameOf(input, number));
      walk.hits.push(cacheName(order.key));
      const approved = input.approved.includes(number);
      const facts = await this.#facts(order, result, made, { ran, approved });
      const failure = approved ? undefined : decisionNeeded(input.runId, node, result);
      if (failure) return held(failure, facts);
      record(ran ? 'done' : 'cached', facts);
      this.#outputs.set(nameOf(input, number), { state: 'finished', outputs: result.outputs });
      return ran ? 'd' : 'c';
    } catch (error) {
      const failure = failureOf(error);
      // A store that does not answer is no fact about the stage: the whole call is tried again.
      if (failure.class === 'infrastructure') throw error;
      return held(failure);
    }
  }

  /** Undefined where the node is skipped with what it needs. */
  async #resolve(
    input: AdvanceInput,
    number: number,
    node: PlanNode,
    upstream: ReadonlyMap<number, Upstream>,
  ): Promise<NeededWork | undefined> {
    const activity = await this.registry.find(node);
    const resolution = resolveNode(
      node,
      activity,
      (need) => upstream.get(need) ?? { state: 'skipped' },
      await environmentDigest(activity, this.ports),
    );
    if (resolution.skipped) return undefined;
    const again = input.again?.find(([redone]) => redone === number)?.[1];
    const order: WorkOrder = {
      ...resolution.order,
      runId: input.runId,
      node: number,
      ...(again === undefined ? {} : { again }),
    };
    return { order, direct: input.direct !== undefined && isDirect(order, activity) };
  }

  async #facts(
    order: WorkOrder,
    { outputs, scalars }: KnownResult,
    made: StageResult | undefined,
    { ran, approved }: { ran: boolean; approved: boolean },
  ): Promise<Partial<NodeRecord>> {
    return {
      key: order.key,
      outputs,
      scalars,
      ...(approved ? { approved } : {}),
      ...(ran ? { startedAt: await this.#startedAt(order) } : {}),
      endedAt: (ran && made?.provenance['endedAt']?.toString()) || new Date().toISOString(),
    };
  }

  async #startedAt({ runId, node, key }: WorkOrder): Promise<string | undefined> {
    return this.#started.get(orderName(runId, node, key)) ?? (await this.store.runs.node(runId, node))?.startedAt;
  }

  async #upstreams(input: AdvanceInput, node: PlanNode, states: NodeStates): Promise<ReadonlyMap<number, Upstream>> {
    const upstream = new Map<number, Upstream>();
    for (const need of needsOf(node)) upstream.set(need, await this.#upstream(input, need, states));
    return upstream;
  }

  async #upstream(input: AdvanceInput, node: number, states: NodeStates): Promise<Upstream> {
    const letter = states.get(node);
    if (letter === 's' || letter === 'S') return { state: 'skipped' };
    const known = this.#outputs.get(nameOf(input, node));
    if (known) return known;
    const record = await this.store.runs.node(input.runId, node);
    if (!record?.outputs)
      throw new Error(`node ${node} of run ${input.runId} is finished, but its record has no outputs`);
    const upstream: Upstream = { state: 'finished', outputs: record.outputs };
    this.#outputs.set(nameOf(input, node), upstream);
    return upstream;
  }
}

/** Why a result has to be let pass by hand. */
function decisionNeeded(runId: string, node: PlanNode, { scalars }: KnownResult): NodeRecord['failure'] {
  if (node.expect && !evaluateExpect(node.expect, scalars))
    return {
      class: 'expect',
      code: 'expect-false',
      message:
        `Stage ${node.id} expects \`${node.expect}\`, and its outputs are ${JSON.stringify(scalars)}. ` +
        `Let it pass with \`mortar approve ${runId} ${node.id}\`, or change the recipe.`,
    };
  if (!node.approve) return undefined;
  return {
    class: 'approval',
    code: 'approval-needed',
    message: `Stage ${node.id} waits for \`mortar approve ${runId} ${node.id}\`.`,
  };
}

function nameOf({ runId, plan }: AdvanceInput, node: number): string {
  return `${runId}/${plan}/${node}`;
}
