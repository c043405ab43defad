import { canonicalJson, sha256 } from './canonical.js';
import type { Draft, DraftInput } from './draft.js';
import { type KeyModel, servedLength } from './key.js';
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
    const digest = sha256(`{"identity":"${this.of(of)}","output":${JSON.stringify(output)}}`);
    digests.set(of, digest);
    return digest;
  }
}

/**
 * The key of a draft, with the identity of an upstream stage's output in the place of its digest. Written out here letter by letter: it is
 * what `keyOf(keyDocument())` gives, and a large plan has 100,000 of them.
 */
function identityOf(draft: Draft, artifact: (of: Draft, output: string) => string): string {
  const { name, version, code } = draft.declaration;
  let inputs = '';
  for (const input of Object.keys(draft.inputs).sort()) {
    const sources = (draft.inputs[input] ?? []).map(source).join(',');
    inputs += `${inputs === '' ? '' : ','}${JSON.stringify(input)}:[${sources}]`;
  }
  return sha256(
    `{"activity":${JSON.stringify(name)}${code === undefined ? '' : `,"code":${JSON.stringify(code)}`},"environment":null,"inputs":{${inputs}},"mortar":1${
      draft.nonce === undefined ? '' : `,"nonce":${JSON.stringify(draft.nonce)}`
    },"version":${version},"with":${canonicalJson(draft.with)}}`,
  );

  function source(input: DraftInput): string {
    switch (input.from) {
      case 'node': {
        const key = input.key === '' ? '' : `,"key":${canonicalJson(input.key)}`;
        return `{"digest":"${artifact(input.draft, input.output)}"${key}}`;
      }
      case 'file':
        return `{"digest":${canonicalJson(input.digest)}}`;
      case 'model':
        return `{"model":${canonicalJson(model(input.model))}}`;
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
