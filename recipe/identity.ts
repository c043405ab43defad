import { digestOf } from './canonical.js';
import type { Draft, DraftInput } from './draft.js';
import { type KeyInput, type KeyModel, keyDocument, keyOf, servedLength } from './key.js';
import type { DraftModel } from './values.js';

/** Identities of drafts. */
export class Identities {
  readonly #known = new Map<Draft, string>();
  /** By name of the output: an output is often read by many. */
  readonly #outputs = new Map<string, Map<Draft, string>>();

  /** How far a list was added; lists only grow. */
  readonly #added = new WeakMap<readonly Draft[], number>();

  /** Those of drafts that stand after all that they need. */
  add(drafts: readonly Draft[]): void {
    const artifact = (of: Draft, output: string): string => this.#artifact(of, output);
    for (let index = this.#added.get(drafts) ?? 0; index < drafts.length; index += 1) {
      const draft = drafts[index];
      if (draft && !this.#known.has(draft)) this.#known.set(draft, identityOf(draft, artifact));
    }
    this.#added.set(drafts, drafts.length);
  }

  of(draft: Draft): string {
    return this.#known.get(draft) ?? '';
  }

  #artifact(of: Draft, output: string): string {
    const digests = this.#outputs.get(output) ?? new Map<Draft, string>();
    this.#outputs.set(output, digests);
    const known = digests.get(of);
    if (known !== undefined) return known;
    const digest = digestOf({ identity: this.of(of), output });
    digests.set(of, digest);
    return digest;
  }
}

/** The key document of a draft, with the identity of an upstream stage's output in the place of its digest. */
function identityOf(draft: Draft, artifact: (of: Draft, output: string) => string): string {
  const document = keyDocument({
    activity: draft.declaration.name,
    version: draft.declaration.version,
    code: draft.declaration.code,
    with: draft.with,
    inputs: Object.fromEntries(Object.entries(draft.inputs).map(([name, sources]) => [name, sources.map(source)])),
    nonce: draft.nonce,
  });
  return keyOf(document);

  function source(input: DraftInput): KeyInput {
    switch (input.from) {
      case 'node':
        return { digest: artifact(input.draft, input.output), key: input.key };
      case 'file':
        return { digest: input.digest };
      case 'model':
        return { model: model(input.model) };
    }
  }

  function model(given: DraftModel): KeyModel {
    switch (given.kind) {
      case 'scripted':
        return { scripted: given.name };
      case 'endpoint':
        return { model: given.model, revision: given.revision ?? null };
      case 'hub':
        return { hub: given.hub, revision: given.revision ?? null, max_length: servedLength(given.serve) };
      case 'weights':
        return { weights: artifact(given.draft, given.output), max_length: servedLength(given.serve) };
    }
  }
}
