import { canonicalJson } from '../canonical.js';
import type { KeyInput } from '../key.js';
import type { PlanInput } from '../plan.js';

/** An input as a run had it: what the recipe names, and what stood in the key. */
export interface KnownSource {
  /** `split.train`, `data/posts.jsonl`, `scripted:teacher`. */
  readonly name: string;
  readonly source: PlanInput;
  readonly given: KeyInput;
}

/** One input that is not what it was. */
export interface InputChange {
  readonly input: string;
  readonly before?: KnownSource;
  readonly after?: KnownSource;
}

/** Pairs the sources of two runs by their names, so that one more in a list is one change and not many. */
export function changedInputs(
  before: Readonly<Record<string, readonly KnownSource[]>>,
  after: Readonly<Record<string, readonly KnownSource[]>>,
): InputChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((input) => {
    const old = [...(before[input] ?? [])];
    const changes: InputChange[] = [];
    const left: KnownSource[] = [];
    for (const source of after[input] ?? []) {
      const at = old.findIndex(({ name, given }) => name === source.name && given.key === source.given.key);
      const [same] = at === -1 ? [] : old.splice(at, 1);
      if (same === undefined) left.push(source);
      else if (plain(same.given) !== plain(source.given)) changes.push({ input, before: same, after: source });
    }
    // What has another name now took the place of what is gone, in order; the same work under another name is no change.
    for (const source of left) {
      const at = old.findIndex(({ given }) => plain(given) === plain(source.given));
      if (at !== -1) old.splice(at, 1);
      else {
        const [gone] = old.splice(0, 1);
        changes.push({ input, ...(gone ? { before: gone } : {}), after: source });
      }
    }
    return [...changes, ...old.map((gone) => ({ input, before: gone }))];
  });
}

/** Digest of what an input is, where it has one. */
export function digestIn({ digest, model }: KeyInput): string | undefined {
  if (digest !== undefined) return digest;
  return model && 'weights' in model ? model.weights : undefined;
}

function plain(value: KeyInput): string {
  return canonicalJson(value);
}
