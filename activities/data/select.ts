import { compilePredicate } from '../../recipe/expressions/predicate.js';
import type { Trajectory } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';
import { seededRandom, shuffled } from '../random.js';

interface SelectParams {
  readonly where: string | null;
  readonly limits: Readonly<Record<string, number>>;
  readonly each: number | null;
  readonly balance: string | null;
  readonly size: number | null;
}

export default defineActivity({
  name: 'data/select',
  version: 1,
  summary: 'Keeps the trajectories that a predicate and limits let through, and counts the rest by reason.',
  queue: 'cpu',
  quick: true,
  inputs: { items: { kind: 'trajectories' } },
  outputs: {
    items: { kind: 'trajectories' },
    counts: { kind: 'counts', description: 'How many were kept, and dropped for which reason.' },
  },
  scalars: ['items', 'kept', 'kept_share', 'dropped'],
  predicates: { where: 'trajectory' },
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      where: { type: ['string', 'null'], default: null, description: 'Predicate over `item`; null keeps all.' },
      limits: {
        type: 'object',
        additionalProperties: { type: 'integer', minimum: 0 },
        default: {},
        description: 'Most kept of a class: { semi_resolved: 4000 }.',
      },
      each: { type: ['integer', 'null'], minimum: 1, default: null, description: 'Most kept of one instance.' },
      balance: {
        type: ['string', 'null'],
        default: null,
        description: 'Property whose values are cut to the rarest one: repo, source, class.',
      },
      size: { type: ['integer', 'null'], minimum: 0, default: null, description: 'Most kept in all.' },
      seed: { type: 'integer', default: 17, description: 'Seed of every draw.' },
    },
  },

  async run(context) {
    const params: SelectParams = {
      where: null,
      limits: {},
      each: null,
      balance: null,
      size: null,
      ...(context.params as unknown as Partial<SelectParams>),
    };
    const items = await context.inputs.all<Trajectory>('items');
    const { kept, dropped } = select(items, params, context.seed('select'));
    await context.outputs.write('items', kept);
    await context.outputs.write('counts', [
      { reason: 'given', count: items.length },
      ...Object.entries(dropped).map(([reason, count]) => ({ reason, count })),
      { reason: 'kept', count: kept.length },
    ]);
    return {
      items: items.length,
      kept: kept.length,
      kept_share: items.length === 0 ? 0 : kept.length / items.length,
      dropped,
    };
  },
});

/** Draws are by a seeded shuffle; what is kept stays in its order. Each item is dropped for the first reason that holds. */
export function select(
  items: readonly Trajectory[],
  params: SelectParams,
  seed: number,
): { kept: Trajectory[]; dropped: Record<string, number> } {
  const dropped: Record<string, number> = {};
  const matches = params.where === null ? () => true : compilePredicate(params.where);
  let left = items.map((item, index) => ({ item, index }));
  const random = seededRandom(seed);
  const keep = (reason: string, next: typeof left): void => {
    if (next.length < left.length) dropped[reason] = (dropped[reason] ?? 0) + left.length - next.length;
    left = next;
  };
  const atMost = (group: (item: Trajectory) => string, limit: (group: string) => number): typeof left => {
    const taken = new Map<string, number>();
    return shuffled(left, random)
      .filter(({ item }) => {
        const name = group(item);
        const count = taken.get(name) ?? 0;
        taken.set(name, count + 1);
        return count < limit(name);
      })
      .sort((a, b) => a.index - b.index);
  };

  keep(
    'where',
    left.filter(({ item }) => matches(item)),
  );
  const { each, balance, size } = params;
  if (each !== null)
    keep(
      'each',
      atMost(
        ({ instance_id }) => instance_id,
        () => each,
      ),
    );
  for (const [name, limit] of Object.entries(params.limits)) {
    keep(
      `limit of ${name}`,
      atMost(
        (item) => item.class ?? '',
        (group) => (group === name ? limit : Infinity),
      ),
    );
  }
  if (balance !== null && left.length > 0) {
    const value = (item: Trajectory): string => String((item as unknown as Record<string, unknown>)[balance]);
    const sizes = new Map<string, number>();
    for (const { item } of left) sizes.set(value(item), (sizes.get(value(item)) ?? 0) + 1);
    const rarest = Math.min(...sizes.values());
    keep(
      `balance of ${balance}`,
      atMost(value, () => rarest),
    );
  }
  if (size !== null)
    keep(
      'size',
      atMost(
        () => '',
        () => size,
      ),
    );
  return { kept: left.map(({ item }) => item), dropped };
}
