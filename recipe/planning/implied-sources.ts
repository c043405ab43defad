import type { InputDeclaration } from '../declaration.js';
import { type Draft, type DraftInput, draftsOf } from '../draft.js';

/** Outputs of the input's kind among all that these sources were made from, the nearest first. */
export function impliedSources(sources: readonly DraftInput[], { kind }: InputDeclaration): DraftInput[] {
  const kinds = [kind].flat();
  const found: DraftInput[] = [];
  const seen = new Set<Draft>();
  let wave = sources.flatMap(draftsOf);
  while (wave.length > 0) {
    const next: Draft[] = [];
    for (const draft of wave) {
      if (seen.has(draft)) continue;
      seen.add(draft);
      for (const [output, made] of Object.entries(draft.kinds))
        if (kinds.includes(made)) found.push({ from: 'node', draft, output, key: '' });
      for (const upstream of Object.values(draft.inputs).flat().flatMap(draftsOf)) next.push(upstream);
    }
    wave = next;
  }
  return found;
}
