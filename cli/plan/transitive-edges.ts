/** Edges `[from, to]` without those that a longer way implies. Nodes stand after those that they need. */
export function directEdges(needs: readonly (readonly number[])[]): [number, number][] {
  const above: Set<number>[] = [];
  const edges: [number, number][] = [];
  for (const [number, own] of needs.entries()) {
    const all = new Set<number>();
    // From the nearest back: what one of them stands on need not be drawn again.
    for (const need of [...own].sort((left, right) => right - left)) {
      if (!all.has(need)) edges.push([need, number]);
      all.add(need);
      for (const further of above[need] ?? []) all.add(further);
    }
    above[number] = all;
  }
  return edges;
}
