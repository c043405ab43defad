/** Items of one group stay together and in order, so that a repository's sandbox stays warm. */
export interface Shardable {
  readonly group?: string;
}

/** Smallest and largest number of shards' parameters: fewer than 200 items are not worth a shard of their own. */
const SMALLEST = 200;
/** A workflow with thousands of activities at once never gets its task done; 400 shards fit one history with room. */
const MOST = 400;

/** Cuts items into at most 400 shards of about equal size; groups larger than a shard are cut, in order. */
export function shard<T extends Shardable>(items: readonly T[]): T[][] {
  const size = Math.max(SMALLEST, Math.ceil(items.length / MOST));
  const shards: T[][] = [];
  let current: T[] = [];
  for (const item of byGroup(items)) {
    if (current.length >= size) {
      shards.push(current);
      current = [];
    }
    current.push(item);
  }
  if (current.length > 0) shards.push(current);
  return shards;
}

/** Groups in the order of their first items; an item with no group is one by itself. */
function byGroup<T extends Shardable>(items: readonly T[]): T[] {
  const groups = new Map<string, T[]>();
  items.forEach((item, index) => {
    const name = item.group === undefined ? `#${index}` : `=${item.group}`;
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  });
  return [...groups.values()].flat();
}

/** How many bad items a stage may have; undefined: as many as there are. */
export function failureLimit(
  limit: { readonly share: number } | { readonly count: number } | undefined,
  total: number,
): number | undefined {
  if (!limit) return undefined;
  return 'share' in limit ? Math.floor(limit.share * total + 1e-9) : limit.count;
}
