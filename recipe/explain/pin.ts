import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { isPinned } from '../paths.js';

/** A repository on the model hub that a recipe names without a revision. */
export interface Unpinned {
  readonly repository: string;
  /** What it is by where it stands; either where `hf:` alone says it. */
  readonly kind: 'model' | 'dataset-or-model';
  /** Where `@REVISION` belongs in the text. */
  readonly offset: number;
}

/** The references `hf:` and `hub:`, and models `{ hub: NAME }`, of a recipe's text that say no revision. */
export function findUnpinned(text: string): Unpinned[] {
  const found: Unpinned[] = [];
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, merge: true });
  if (document.errors.length > 0) return [];
  visit(document, {
    Scalar: (key, node, ancestors) => {
      if (key === 'key' || typeof node.value !== 'string' || !node.range) return;
      const parent = ancestors.at(-2);
      const pair = document.contents === null ? undefined : ancestors.at(-1);
      const name = pair !== undefined && 'key' in pair && isScalar(pair.key) ? pair.key.value : undefined;
      const reference = /^(hf|hub):([^#@\s]+)(?=#|$)/.exec(node.value);
      const model =
        name === 'hub' && isMap(parent) && !parent.has('revision') && /^[\w.-]+(?:\/[\w.-]+)?$/.test(node.value);
      const repository = model ? node.value : isPinned(node.value) ? undefined : reference?.[2];
      if (repository === undefined) return;
      const start = text.indexOf(repository, node.range[0]);
      // Written with escapes, it is not found as it is; it stays, and the warning with it.
      if (start === -1 || start > node.range[1]) return;
      found.push({
        repository,
        kind: model || reference?.[1] === 'hub' ? 'model' : 'dataset-or-model',
        offset: start + repository.length,
      });
    },
  });
  return found;
}

/** The text with each reference pinned; all else, comments and layout, stays as it is. */
export function pinned(text: string, pins: readonly { readonly offset: number; readonly revision: string }[]): string {
  return [...pins]
    .sort((left, right) => right.offset - left.offset)
    .reduce((rest, { offset, revision }) => `${rest.slice(0, offset)}@${revision}${rest.slice(offset)}`, text);
}
