import type { Json } from '../recipe/json.js';

/** Names in `{ env: NAME }` and `{ secret: NAME }` of a value, at any depth. Only these may an activity read. */
export function declaredNames(
  value: unknown,
  names: { env: Set<string>; secret: Set<string> } = { env: new Set(), secret: new Set() },
) {
  if (typeof value !== 'object' || value === null) return names;
  const reference = readReference(value);
  if (reference) names[reference.kind].add(reference.name);
  else for (const entry of Object.values(value)) declaredNames(entry, names);
  return names;
}

/** `{ env: NAME }` or `{ secret: NAME }`, and nothing else beside it. */
export function readReference(value: object): { kind: 'env' | 'secret'; name: string } | undefined {
  const [entry, ...others] = Object.entries(value) as [string, Json][];
  if (!entry || others.length > 0) return undefined;
  const [kind, name] = entry;
  return (kind === 'env' || kind === 'secret') && typeof name === 'string' ? { kind, name } : undefined;
}
