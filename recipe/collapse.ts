import { canonicalJson } from './canonical.js';
import { type Draft, type DraftInput, draftsOf } from './draft.js';
import { identityOf } from './identity.js';
import type { PlanInput, PlanModel, PlanNode } from './plan.js';
import type { DraftModel } from './values.js';

/** Label by axis of a cell of the matrix. */
type Labels = Readonly<Record<string, string>>;

interface Slot {
  readonly draft: Draft;
  readonly identity: string;
  readonly members: Draft[];
  readonly needs: Set<number>;
}

/**
 * Numbers the drafts and lets those of equal identity be one node. Drafts come after all that they need, so nodes do, too. The
 * needs of a collapsed node are the union; where that would make a circle the drafts stay apart.
 */
export function collapse(
  drafts: readonly Draft[],
  cells: ReadonlyMap<string, Labels> = new Map(),
): { nodes: PlanNode[]; numbers: ReadonlyMap<Draft, number>; identities: ReadonlyMap<Draft, string> } {
  const identities = new Map<Draft, string>();
  const numbers = new Map<Draft, number>();
  const byIdentity = new Map<string, number[]>();
  const slots: Slot[] = [];
  for (const draft of drafts) {
    const identity = identityOf(draft, identities);
    identities.set(draft, identity);
    const needs = draft.needs.map((need) => numbers.get(need) ?? -1).filter((number) => number >= 0);
    const candidates = byIdentity.get(identity) ?? [];
    const at = candidates.find((number) => {
      const first = slots[number]?.draft;
      // What waits for a decision is not the same stage as what does not.
      const alike = first?.expect === draft.expect && first?.approve === draft.approve;
      return alike && needs.every((need) => need < number);
    });
    if (at === undefined) {
      const number = slots.length;
      slots.push({ draft, identity, members: [draft], needs: new Set(needs) });
      numbers.set(draft, number);
      byIdentity.set(identity, [...candidates, number]);
    } else {
      const slot = slots[at];
      slot?.members.push(draft);
      for (const need of needs) slot?.needs.add(need);
      numbers.set(draft, at);
    }
  }
  const addresses = addressesOf(slots, cells);
  const nodes = slots.map((slot, number) => node(slot, addresses[number] ?? [], numbers));
  return { nodes, numbers, identities };
}

/**
 * A stage that is the same in every cell is called as without a matrix; one that is not carries the axes that it depends on:
 * `masked@masking=none`, `sft[easy]@masking=none,seed.train=17`.
 */
function addressesOf(slots: readonly Slot[], cells: ReadonlyMap<string, Labels>): string[][] {
  const members = new Map<string, { slot: Slot; draft: Draft }[]>();
  for (const slot of slots) {
    for (const draft of slot.members) members.set(draft.id, [...(members.get(draft.id) ?? []), { slot, draft }]);
  }
  const names = new Map<Draft, string>();
  for (const [id, all] of members) {
    const axes = relevantAxes(all, cells);
    const named = all.map(({ slot, draft }) => ({ slot, draft, name: address(id, draft, cells, axes) }));
    const clash = named.some((one) => named.some((other) => one.name === other.name && one.slot !== other.slot));
    for (const { draft, name } of named) names.set(draft, clash ? address(id, draft, cells, undefined) : name);
  }
  return slots.map((slot) => [...new Set(slot.members.map((draft) => names.get(draft) ?? draft.id))]);
}

/** Axes in which two cells differ, and in nothing else, whose stages differ. */
function relevantAxes(all: readonly { slot: Slot; draft: Draft }[], cells: ReadonlyMap<string, Labels>): Set<string> {
  const axes = new Set<string>();
  if (new Set(all.map(({ slot }) => slot)).size === 1) return axes;
  for (const axis of new Set(all.flatMap(({ draft }) => Object.keys(cells.get(draft.cell) ?? {})))) {
    const groups = new Map<string, Slot>();
    for (const { slot, draft } of all) {
      const { [axis]: _own, ...others } = cells.get(draft.cell) ?? {};
      const key = canonicalJson(others);
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

function node(slot: Slot, addresses: readonly string[], numbers: ReadonlyMap<Draft, number>): PlanNode {
  const { draft } = slot;
  const [id = draft.id, ...aliases] = addresses;
  const read = new Set(
    Object.values(draft.inputs)
      .flat()
      .flatMap(draftsOf)
      .map((upstream) => numbers.get(upstream)),
  );
  return {
    id,
    aliases,
    activity: draft.declaration.name,
    version: draft.declaration.version,
    inputs: Object.fromEntries(
      Object.entries(draft.inputs).map(([name, sources]) => [
        name,
        sources.map((source) => planInput(source, numbers)),
      ]),
    ),
    with: draft.with,
    needs: [...slot.needs].filter((need) => !read.has(need)).sort((left, right) => left - right),
    ...draft.policy,
    ...(draft.expect === undefined ? {} : { expect: draft.expect }),
    approve: draft.approve,
    identity: slot.identity,
    line: draft.line,
  };
}

function planInput(input: DraftInput, numbers: ReadonlyMap<Draft, number>): PlanInput {
  switch (input.from) {
    case 'node':
      return { from: 'node', node: numbers.get(input.draft) ?? -1, output: input.output, key: input.key };
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
