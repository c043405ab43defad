/** Fewer than this are not worth a shard of their own. */
const SMALLEST = 200;
/** A workflow with thousands of activities at once never gets its task done; 400 shards fit one history with room. */
const MOST = 400;

/** Cuts items into at most 400 shards of equal size, but for the last: how many items each of them has. */
export function shardSizes(items: number): number[] {
  const size = Math.max(SMALLEST, Math.ceil(items / MOST));
  return Array.from({ length: Math.ceil(items / size) }, (_, shard) => Math.min(size, items - shard * size));
}

/**
 * Items by their groups, so that a repository's sandbox stays warm: groups in the order of their first items, and within one the items
 * in theirs.
 * @param groups number of each item's group; numbered in the order of their first items
 * @returns numbers of items
 */
export function orderByGroup(groups: Uint32Array): Uint32Array {
  const starts = new Uint32Array(groups.length + 1);
  for (const group of groups) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
  for (let group = 1; group < starts.length; group += 1)
    starts[group] = (starts[group] ?? 0) + (starts[group - 1] ?? 0);
  const order = new Uint32Array(groups.length);
  groups.forEach((group, item) => {
    const place = starts[group] ?? 0;
    order[place] = item;
    starts[group] = place + 1;
  });
  return order;
}

/** How many bad items a stage may have; undefined: as many as there are. */
export function failureLimit(
  limit: { readonly share: number } | { readonly count: number } | undefined,
  total: number,
): number | undefined {
  if (!limit) return undefined;
  return 'share' in limit ? Math.floor(limit.share * total + 1e-9) : limit.count;
}
