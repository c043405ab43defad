import { addressesOf } from './cell-addresses.js';
import { type Draft, type DraftInput, type DraftModel, draftsOf } from '../draft.js';
import type { Labels } from './cell.js';
import type { PlanInput, PlanModel, PlanNode } from '../plan.js';

const none: readonly never[] = [];

/** The nodes of a plan, and what each draft is called, whether a matrix multiplies it or not. */
export interface Collapsed {
  readonly nodes: PlanNode[];
  readonly addresses: readonly string[];
}

/**
 * Numbers the drafts and lets those of the same work be one node. Drafts come after all that they need, so nodes do, too. The
 * needs of a collapsed node are the union; where that would make a circle the drafts stay apart.
 */
export function collapse(drafts: readonly Draft[], cells: ReadonlyMap<string, Labels>): Collapsed {
  const collapsing = new Collapsing(drafts);
  const addresses = addressesOf(drafts, collapsing.byDraft, cells);
  return { nodes: collapsing.nodes(addresses), addresses };
}

/** Drafts on their way to be nodes. Of a large plan nothing is kept by draft that can be kept by number. */
class Collapsing {
  /** By position of a draft its node. */
  readonly byDraft: Int32Array;
  /** By work its first node; -1: none so far. */
  readonly #byWork: Int32Array;
  /** Of works that became several nodes, those behind the first one, and the nodes of their drafts. */
  readonly #further = new Map<number, number[]>();
  readonly #apart = new Map<Draft, number>();
  /** By node, the position of the first draft of its work. */
  readonly #firsts: number[] = [];
  /** Positions of the further drafts of a node. */
  readonly #others = new Map<number, number[]>();
  /** Of nodes that have needs. */
  readonly #needs = new Map<number, number[]>();
  /** By node what says that its output is read: most nodes are read for one only, and all that read it share that. */
  readonly #inputs: (PlanInput & { readonly from: 'node' })[] = [];

  constructor(readonly drafts: readonly Draft[]) {
    let works = 0;
    for (const { work } of drafts) if (work >= works) works = work + 1;
    this.#byWork = new Int32Array(works).fill(-1);
    this.byDraft = new Int32Array(drafts.length);
    drafts.forEach((draft, at) => (this.byDraft[at] = this.#add(draft, at)));
  }

  /** The node of a draft; -1 of one that is not among them. */
  #numberOf(draft: Draft): number {
    return (this.#apart.size > 0 ? this.#apart.get(draft) : undefined) ?? this.#byWork[draft.work] ?? -1;
  }

  #add(draft: Draft, at: number): number {
    const needs = draft.needs.length === 0 ? none : this.#numbersOf(draft.needs);
    const first = this.#byWork[draft.work] ?? -1;
    if (first === -1) return (this.#byWork[draft.work] = this.#make(at, needs));
    const further = this.#further.get(draft.work) ?? none;
    const node = [first, ...further].find((number) => this.#takes(number, draft, needs));
    if (node === first) return this.#join(first, at, needs);
    const own = node === undefined ? this.#make(at, needs) : this.#join(node, at, needs);
    if (node === undefined) this.#further.set(draft.work, [...further, own]);
    this.#apart.set(draft, own);
    return own;
  }

  #make(at: number, needs: readonly number[]): number {
    const node = this.#firsts.push(at) - 1;
    if (needs.length > 0) this.#needs.set(node, [...needs]);
    return node;
  }

  #join(node: number, at: number, needs: readonly number[]): number {
    const others = this.#others.get(node);
    if (others === undefined) this.#others.set(node, [at]);
    else others.push(at);
    if (needs.length > 0) this.#needs.set(node, [...(this.#needs.get(node) ?? none), ...needs]);
    return node;
  }

  /** Whether a draft of its work may be one with a node. */
  #takes(node: number, { expect, approve }: Draft, needs: readonly number[]): boolean {
    const first = this.drafts[this.#firsts[node] ?? -1];
    // What waits for a decision is not the same stage as what does not.
    return first?.expect === expect && first?.approve === approve && needs.every((need) => need < node);
  }

  #numbersOf(drafts: readonly Draft[]): number[] {
    return drafts.map((draft) => this.#numberOf(draft)).filter((number) => number >= 0);
  }

  nodes(addresses: readonly string[]): PlanNode[] {
    return this.#firsts.map((first, node) => this.#node(node, this.drafts[first] as Draft, first, addresses));
  }

  #node(node: number, draft: Draft, first: number, addresses: readonly string[]): PlanNode {
    const others = this.#others.get(node);
    const id = addresses[first] ?? draft.id;
    const needs = this.#needs.get(node);
    const aliases = others === undefined ? none : aliasesOf(id, others, addresses);
    const inputs = this.#inputsOf(draft);
    const unread = needs === undefined ? none : this.#unread(draft, needs);
    const { declaration, with: values, policy, approve, line } = draft;
    const { name: activity, version } = declaration;
    if (others === undefined && isCommon(draft)) {
      // In one piece, as most nodes can be: to put pieces together takes several times as long.
      const { queue, retry, items, sandbox } = policy;
      return {
        id,
        aliases,
        activity,
        version,
        inputs,
        with: values,
        needs: unread,
        queue,
        retry,
        items,
        sandbox,
        approve,
        line,
      };
    }
    return {
      id,
      aliases,
      ...(others === undefined ? {} : { standsFor: others.length + 1 }),
      activity,
      version,
      ...(declaration.code === undefined ? {} : { code: declaration.code }),
      ...(declaration.module === undefined ? {} : { module: declaration.module }),
      inputs,
      with: values,
      needs: unread,
      ...policy,
      ...(draft.expect === undefined ? {} : { expect: draft.expect }),
      approve,
      ...(draft.nonce === undefined ? {} : { nonce: draft.nonce }),
      line,
    };
  }

  #inputsOf({ inputs }: Draft): Record<string, PlanInput[]> {
    const planned: Record<string, PlanInput[]> = {};
    for (const name in inputs) {
      planned[name] = (inputs[name] ?? none).map((source) => this.#input(source));
    }
    return planned;
  }

  #input(input: DraftInput): PlanInput {
    switch (input.from) {
      case 'node':
        return this.#output(this.#numberOf(input.draft), input.output, input.key);
      case 'file':
        return input;
      case 'model':
        return { from: 'model', model: this.#model(input.model) };
    }
  }

  #output(node: number, output: string, key: string): PlanInput {
    const known = this.#inputs[node];
    if (known?.output === output && known.key === key) return known;
    return (this.#inputs[node] = { from: 'node', node, output, key });
  }

  #model(model: DraftModel): PlanModel {
    if (model.kind !== 'weights') return model;
    return { kind: 'weights', node: this.#numberOf(model.draft), output: model.output, serve: model.serve };
  }

  /** Nodes that must be done first, besides those that are read. */
  #unread({ inputs }: Draft, needs: readonly number[]): number[] {
    const read = new Set(
      Object.values(inputs)
        .flat()
        .flatMap(draftsOf)
        .map((upstream) => this.#numberOf(upstream)),
    );
    return [...new Set(needs)].filter((need) => !read.has(need)).sort((left, right) => left - right);
  }
}

/** Whether its node has nothing that most nodes do not have. */
function isCommon({ declaration: { code, module }, policy, expect, nonce }: Draft): boolean {
  return (code ?? module ?? policy.timeout ?? expect ?? nonce) === undefined;
}

/** What else a node is called. */
function aliasesOf(id: string, others: readonly number[], addresses: readonly string[]): readonly string[] {
  const names = new Set(others.map((at) => addresses[at] ?? id));
  names.delete(id);
  return names.size > 0 ? [...names] : none;
}
