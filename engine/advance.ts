import type { NodeRecord } from '../artifacts/run-records.js';
import type { Store } from '../artifacts/open.js';
import { evaluateExpect } from '../recipe/expect.js';
import type { Plan, PlanNode } from '../recipe/plan.js';
import type { AdvanceAnswer, AdvanceInput } from '../workflows/control.js';
import { NodeStates, type StateLetter } from '../workflows/node-states.js';
import { environmentDigest } from './executor.js';
import { failureOf } from './failures.js';
import { orderName, type WorkOrder } from './order.js';
import type { Plans } from './plans.js';
import type { Ports } from './ports.js';
import type { Registry } from './registry.js';
import { needsOf, resolveNode, type Upstream } from './resolve.js';

/** Look-ups a call: a call must end well within its time limit. */
const MOST_NODES = 5_000;
/** Look-ups at once. */
const WIDTH = 32;

/** Walks a plan as far as it goes without work: through every cache hit, up to the stages that have to run. */
export class Advance {
  /** Outputs of finished nodes, by `run/node`: a chain looks at each of them again and again. */
  readonly #outputs = new Map<string, Upstream>();

  constructor(
    private readonly store: Store,
    private readonly plans: Plans,
    private readonly registry: Registry,
    private readonly ports: Ports,
  ) {}

  async run(input: AdvanceInput): Promise<AdvanceAnswer> {
    const plan = await this.plans.get(input.plan);
    const states = new NodeStates(input.states);
    const changes: [number, StateLetter][] = [];
    const ready: { node: number; key: string }[] = [];
    const looked = new Set<number>();
    const set = (node: number, letter: StateLetter): void => {
      states.set(node, letter);
      changes.push([node, letter]);
    };

    const graph = graphOf(plan);
    const mayGo = (number: number): boolean =>
      states.get(number) === '.' &&
      !looked.has(number) &&
      (graph.needs[number] ?? []).every((need) => 'cdsS'.includes(states.get(need) ?? '.'));
    let wave = states.numbers('.').filter(mayGo);
    while (wave.length > 0 && looked.size < MOST_NODES) {
      const next = new Set<number>();
      for (let start = 0; start < wave.length && looked.size < MOST_NODES; start += WIDTH) {
        await Promise.all(
          wave.slice(start, start + WIDTH).map(async (number) => {
            looked.add(number);
            const node = plan.nodes[number];
            if (!node) return;
            const letter = await this.#look(input, number, node, states);
            if (typeof letter === 'string') {
              set(number, letter);
              for (const dependent of graph.dependents[number] ?? []) next.add(dependent);
            } else if (ready.length < input.room) {
              ready.push({ node: number, key: letter.key });
              await this.store.objects.put(orderName(input.runId, number), JSON.stringify(letter));
              await this.store.stages.writeKey(letter.key, letter.document);
            }
          }),
        );
      }
      wave = [...next].filter(mayGo).sort((left, right) => left - right);
    }
    return {
      changes,
      ready: ready.sort((left, right) => left.node - right.node),
      more: looked.size >= MOST_NODES && changes.length > 0,
    };
  }

  /** The node's new state, or the work that it needs. */
  async #look(
    input: AdvanceInput,
    number: number,
    node: PlanNode,
    states: NodeStates,
  ): Promise<StateLetter | WorkOrder> {
    const record = (state: NodeRecord['state'], more: Partial<NodeRecord> = {}): Promise<void> =>
      this.store.runs.writeNode(input.runId, { node: number, id: node.id, activity: node.activity, state, ...more });
    const now = new Date().toISOString();
    const held = async (failure: NodeRecord['failure'], more: Partial<NodeRecord> = {}): Promise<StateLetter> => {
      const letter = input.onFailure === 'fail' && failure?.class !== 'approval' ? 'f' : 'h';
      await record(letter === 'h' ? 'held' : 'failed', { ...more, failure, endedAt: now });
      return letter;
    };
    try {
      const activity = this.registry.get(node.activity, node.version);
      const upstream = new Map<number, Upstream>();
      for (const need of needsOf(node)) upstream.set(need, await this.#upstream(input.runId, need, states));
      const resolution = resolveNode(
        node,
        activity,
        (need) => upstream.get(need) ?? { state: 'skipped' },
        await environmentDigest(activity, this.ports),
      );
      if (resolution.skipped) {
        await record('skipped', { endedAt: now });
        return 's';
      }
      const order: WorkOrder = { ...resolution.order, runId: input.runId, node: number };
      const result = await this.store.stages.find(order.key);
      if (!result) return order;

      const ran = input.ran.includes(number);
      const approved = input.approved.includes(number);
      const known = {
        key: order.key,
        outputs: result.outputs,
        scalars: result.scalars,
        ...(approved ? { approved } : {}),
        ...(ran ? { startedAt: (await this.store.runs.node(input.runId, number))?.startedAt } : {}),
        endedAt: ran && typeof result.provenance['endedAt'] === 'string' ? result.provenance['endedAt'] : now,
      };
      if (node.expect && !approved && !evaluateExpect(node.expect, result.scalars)) {
        return await held(
          {
            class: 'expect',
            code: 'expect-false',
            message:
              `Stage ${node.id} expects \`${node.expect}\`, and its outputs are ${JSON.stringify(result.scalars)}. ` +
              `Let it pass with \`mortar approve ${input.runId} ${node.id}\`, or change the recipe.`,
          },
          known,
        );
      }
      if (node.approve && !approved) {
        return await held(
          {
            class: 'approval',
            code: 'approval-needed',
            message: `Stage ${node.id} waits for \`mortar approve ${input.runId} ${node.id}\`.`,
          },
          known,
        );
      }
      this.#remember(input.runId, number, { state: 'finished', outputs: result.outputs });
      await record(ran ? 'done' : 'cached', known);
      return ran ? 'd' : 'c';
    } catch (error) {
      const failure = failureOf(error);
      // A store that does not answer is no fact about the stage: the whole call is tried again.
      if (failure.class === 'infrastructure') throw error;
      return held(failure);
    }
  }

  async #upstream(runId: string, node: number, states: NodeStates): Promise<Upstream> {
    const letter = states.get(node);
    if (letter === 's' || letter === 'S') return { state: 'skipped' };
    const known = this.#outputs.get(`${runId}/${node}`);
    if (known) return known;
    const record = await this.store.runs.node(runId, node);
    if (!record?.outputs) throw new Error(`node ${node} of run ${runId} is finished, but its record has no outputs`);
    const upstream: Upstream = { state: 'finished', outputs: record.outputs };
    this.#remember(runId, node, upstream);
    return upstream;
  }

  #remember(runId: string, node: number, upstream: Upstream): void {
    if (this.#outputs.size > 50_000) this.#outputs.clear();
    this.#outputs.set(`${runId}/${node}`, upstream);
  }
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
