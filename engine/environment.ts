import { UserError } from '../recipe/errors.js';
import type { Json } from '../recipe/json.js';
import { looksSecret } from '../recipe/load/secrets.js';

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

/** What `{ env: NAME }` gives is shown in messages and logs, so it must be nothing that has to be hidden. */
export function plainValue(environment: NodeJS.ProcessEnv, name: string, stage: string): string | undefined {
  const value = environment[name];
  if (value === undefined || !looksSecret(value)) return value;
  throw new UserError(
    'environment-secret',
    `The environment variable ${name}, which stage ${stage} reads as { env: ${name} }, holds a credential. Write { secret: ${name} } in the recipe, or take the credential out of it.`,
  );
}
