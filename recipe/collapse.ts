import { canonicalJson } from './canonical.js';
import { type Draft, type DraftInput, type DraftModel, type NodeOutput, draftsOf } from './draft.js';
import { Identities } from './identity.js';
import type { PlanInput, PlanModel, PlanNode } from './plan.js';

/** Label by axis of a cell of the matrix. */
type Labels = Readonly<Record<string, string>>;

interface Slot {
  readonly draft: Draft;
  /** Further ones of the same work. */
  others?: Draft[];
  needs: readonly number[];
}

const none: readonly never[] = [];

/** The nodes of a plan, and where each draft went. */
export interface Collapsed {
  readonly nodes: PlanNode[];
  /** What a draft is called, whether a matrix multiplies it or not. */
  readonly addressOf: (draft: Draft) => string;
}

/**
 * Numbers the drafts and lets those of equal identity be one node. Drafts come after all that they need, so nodes do, too. The
 * needs of a collapsed node are the union; where that would make a circle the drafts stay apart.
 */
export function collapse(
  drafts: readonly Draft[],
  cells: ReadonlyMap<string, Labels>,
  identities = new Identities(),
): Collapsed {
  identities.add(drafts);
  const numbers = new Map<Draft, number>();
  const byIdentity = new Map<number, number[]>();
  const slots: Slot[] = [];
  for (const draft of drafts) {
    const identity = identities.of(draft);
    const needs = draft.needs.length === 0 ? none : numbersOf(draft.needs, numbers);
    const candidates = byIdentity.get(identity);
    const at = candidates?.find((number) => {
      const first = slots[number]?.draft;
      // What waits for a decision is not the same stage as what does not.
      const alike = first?.expect === draft.expect && first?.approve === draft.approve;
      return alike && needs.every((need) => need < number);
    });
    if (at === undefined) {
      const number = slots.length;
      slots.push({ draft, needs });
      numbers.set(draft, number);
      if (candidates === undefined) byIdentity.set(identity, [number]);
      else candidates.push(number);
    } else {
      const slot = slots[at];
      if (slot) {
        (slot.others ??= []).push(draft);
        if (needs.length > 0) slot.needs = [...slot.needs, ...needs];
      }
      numbers.set(draft, at);
    }
  }
  const addresses = addressesOf(slots, cells);
  const inputs = new Map<NodeOutput, PlanInput>();
  const nodes = slots.map((slot) => node(slot, namesOf(slot, addresses), numbers, inputs));
  return { nodes, addressOf: (draft) => addresses.get(draft) ?? draft.id };
}

/**
 * Of what a matrix multiplies; all else is called by its id.
 * A stage that is the same in every cell is called as without a matrix; one that is not carries the axes that it depends on:
 * `masked@masking=none`, `sft[easy]@masking=none,seed.train=17`.
 */
function addressesOf(slots: readonly Slot[], cells: ReadonlyMap<string, Labels>): Map<Draft, string> {
  const members = new Map<string, { slot: Slot; draft: Draft }[]>();
  for (const slot of slots) {
    for (const draft of membersOf(slot)) {
      // Without a matrix, and for what stands outside of it.
      if (draft.cell === '') continue;
      const all = members.get(draft.id);
      if (all === undefined) members.set(draft.id, [{ slot, draft }]);
      else all.push({ slot, draft });
    }
  }
  const others = othersOf(cells);
  const names = new Map<Draft, string>();
  for (const [id, all] of members) {
    const axes = relevantAxes(all, cells, others);
    const bearers = new Map<string, Slot>();
    let clash = false;
    for (const { slot, draft } of all) {
      const name = address(id, draft, cells, axes);
      clash ||= (bearers.get(name) ?? slot) !== slot;
      bearers.set(name, slot);
      names.set(draft, name);
    }
    if (clash) for (const { draft } of all) names.set(draft, address(id, draft, cells, undefined));
  }
  return names;
}

function namesOf(slot: Slot, addresses: ReadonlyMap<Draft, string>): string[] {
  if (!slot.others) return [addresses.get(slot.draft) ?? slot.draft.id];
  return [...new Set(membersOf(slot).map((draft) => addresses.get(draft) ?? draft.id))];
}

function membersOf({ draft, others = [] }: Slot): readonly Draft[] {
  return [draft, ...others];
}

function numbersOf(drafts: readonly Draft[], numbers: ReadonlyMap<Draft, number>): number[] {
  return drafts.flatMap((draft) => numbers.get(draft) ?? []);
}

/** By cell and axis: all that the cell says of the other axes. */
type Others = (cell: string, axis: string) => string;

function othersOf(cells: ReadonlyMap<string, Labels>): Others {
  const known = new Map<string, string>();
  return (cell, axis) => {
    const key = `${axis} ${cell}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const { [axis]: _own, ...others } = cells.get(cell) ?? {};
    const text = canonicalJson(others);
    known.set(key, text);
    return text;
  };
}

/** Axes in which two cells differ, and in nothing else, whose stages differ. */
function relevantAxes(
  all: readonly { slot: Slot; draft: Draft }[],
  cells: ReadonlyMap<string, Labels>,
  others: Others,
): Set<string> {
  const axes = new Set<string>();
  if (all.every(({ slot }) => slot === all[0]?.slot)) return axes;
  for (const axis of new Set(all.flatMap(({ draft }) => Object.keys(cells.get(draft.cell) ?? {})))) {
    const groups = new Map<string, Slot>();
    for (const { slot, draft } of all) {
      const key = others(draft.cell, axis);
      const first = groups.get(key);
      if (first !== undefined && first !== slot) axes.add(axis);
      groups.set(key, first ?? slot);
    }
  }
  return axes;
}

function address(
  id: string,
  draft: Draft,
  cells: ReadonlyMap<string, Labels>,
  axes: ReadonlySet<string> | undefined,
): string {
  if (draft.cell === '') return id;
  if (axes === undefined) return `${id}@${draft.cell}`;
  const labels = Object.entries(cells.get(draft.cell) ?? {}).filter(([axis]) => axes.has(axis));
  return labels.length === 0 ? id : `${id}@${labels.map(([axis, label]) => `${axis}=${label}`).join(',')}`;
}

function node(
  slot: Slot,
  addresses: readonly string[],
  numbers: ReadonlyMap<Draft, number>,
  known: Map<NodeOutput, PlanInput>,
): PlanNode {
  const { draft } = slot;
  const [id = draft.id] = addresses;
  return {
    id,
    aliases: addresses.length > 1 ? addresses.slice(1) : none,
    ...(slot.others ? { standsFor: slot.others.length + 1 } : {}),
    activity: draft.declaration.name,
    version: draft.declaration.version,
    ...(draft.declaration.code === undefined ? {} : { code: draft.declaration.code }),
    ...(draft.declaration.module === undefined ? {} : { module: draft.declaration.module }),
    inputs: planInputs(draft, numbers, known),
    with: draft.with,
    needs: slot.needs.length === 0 ? none : unread(slot, numbers),
    ...draft.policy,
    ...(draft.expect === undefined ? {} : { expect: draft.expect }),
    approve: draft.approve,
    ...(draft.nonce === undefined ? {} : { nonce: draft.nonce }),
    line: draft.line,
  };
}

function planInputs(
  { inputs }: Draft,
  numbers: ReadonlyMap<Draft, number>,
  known: Map<NodeOutput, PlanInput>,
): Record<string, PlanInput[]> {
  const planned: Record<string, PlanInput[]> = {};
  for (const name of Object.keys(inputs))
    planned[name] = (inputs[name] ?? []).map((source) => planInput(source, numbers, known));
  return planned;
}

/** Nodes that must be done first, besides those that are read. */
function unread({ draft, needs }: Slot, numbers: ReadonlyMap<Draft, number>): number[] {
  const read = new Set(
    Object.values(draft.inputs)
      .flat()
      .flatMap(draftsOf)
      .map((upstream) => numbers.get(upstream)),
  );
  return [...new Set(needs)].filter((need) => !read.has(need)).sort((left, right) => left - right);
}

/** Nodes that read the same output share what says so: a large plan has a million edges. */
function planInput(
  input: DraftInput,
  numbers: ReadonlyMap<Draft, number>,
  known: Map<NodeOutput, PlanInput>,
): PlanInput {
  switch (input.from) {
    case 'node': {
      const before = known.get(input);
      if (before) return before;
      const { draft, output, key } = input;
      const planned: PlanInput = { from: 'node', node: numbers.get(draft) ?? -1, output, key };
      known.set(input, planned);
      return planned;
    }
    case 'file':
      return input;
    case 'model':
      return { from: 'model', model: planModel(input.model, numbers) };
  }
}

function planModel(model: DraftModel, numbers: ReadonlyMap<Draft, number>): PlanModel {
  if (model.kind !== 'weights') return model;
  return { kind: 'weights', node: numbers.get(model.draft) ?? -1, output: model.output, serve: model.serve };
}
