import type { Json } from '../json.js';
import type { Entry } from '../syntax/entry.js';

/** Expansions that may be under way within each other before stages are expanded ahead of those that need them. */
const step = 50;

/**
 * Stages to expand before this one, in this order, so that no expansion waits for more than fifty others: a chain of 10,000 stages that
 * stands in a file from its end to its beginning would need more stack than there is. What a stage needs is taken from the names in its
 * text: rather one too many, as a stage is expanded sooner or later.
 */
export function stagesAhead(
  name: string,
  stages: ReadonlyMap<string, Entry>,
  models: ReadonlyMap<string, Entry>,
): string[] {
  const ahead: string[] = [];
  // Undefined while it is open: a circle is told elsewhere.
  const depths = new Map<string, number | undefined>();
  const needs = (node: string): string[] => {
    const entry = node.startsWith('models.') ? models.get(node.slice('models.'.length)) : stages.get(node);
    return entry === undefined
      ? []
      : [...namesIn(entry.raw)].flatMap((word) => [
          ...(stages.has(word) && word !== node ? [word] : []),
          ...(models.has(word) ? [`models.${word}`] : []),
        ]);
  };
  const open = [{ node: name, needs: needs(name), next: 0 }];
  depths.set(name, undefined);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const need = top.needs[top.next];
    if (need !== undefined) {
      top.next += 1;
      if (depths.has(need)) continue;
      depths.set(need, undefined);
      open.push({ node: need, needs: needs(need), next: 0 });
      continue;
    }
    open.pop();
    const depth = 1 + top.needs.reduce((most, need) => Math.max(most, depths.get(need) ?? 0), 0);
    const isAhead = depth >= step && top.node !== name && !top.node.startsWith('models.');
    if (isAhead) ahead.push(top.node);
    depths.set(top.node, isAhead ? 0 : depth);
  }
  return ahead;
}

/** Words of a text that may be names. */
function namesIn(value: Json, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') for (const [word] of value.matchAll(/[A-Za-z_][\w-]*/g)) found.add(word);
  else if (value !== null && typeof value === 'object') for (const entry of Object.values(value)) namesIn(entry, found);
  return found;
}
