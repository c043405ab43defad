import { canonicalJson } from './canonical.js';
import type { Draft, DraftInput, DraftModel } from './draft.js';
import { servedLength } from './key.js';

/**
 * Tells drafts of the same work: they have the same number. It stands for what `identitiesOf` says of the plan's nodes, without a hash
 * for each: a large plan has 100,000 of them.
 */
export class Identities {
  readonly #known = new Map<Draft, number>();
  readonly #numbers = new Map<string, number>();
  /** How far a list was added; lists only grow. */
  readonly #added = new WeakMap<readonly Draft[], number>();

  /** Those of drafts that stand after all that they need. */
  add(drafts: readonly Draft[]): void {
    for (let index = this.#added.get(drafts) ?? 0; index < drafts.length; index += 1) {
      const draft = drafts[index];
      if (draft && !this.#known.has(draft)) this.#known.set(draft, this.#numberOf(this.#work(draft)));
    }
    this.#added.set(drafts, drafts.length);
  }

  of(draft: Draft): number {
    return this.#known.get(draft) ?? -1;
  }

  #numberOf(work: string): number {
    const known = this.#numbers.get(work);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(work, number);
    return number;
  }

  /** All that the key is made of, with numbers in the place of the digests of what is read. */
  #work({ declaration: { name, version, code = '' }, inputs, nonce = '', with: values }: Draft): string {
    let work = `${JSON.stringify([name, version, code, nonce])}${canonicalJson(values)}`;
    const names = Object.keys(inputs);
    if (names.length > 1) names.sort();
    for (const input of names) {
      work += JSON.stringify(input);
      for (const source of inputs[input] ?? []) work += this.#source(source);
    }
    return work;
  }

  #source(input: DraftInput): string {
    switch (input.from) {
      case 'node':
        return `#${this.of(input.draft)}${JSON.stringify(input.output)}${JSON.stringify(input.key)}`;
      case 'file':
        return `/${JSON.stringify(input.digest)}`;
      case 'model':
        return this.#model(input.model);
    }
  }

  /** What is asked of a model, as in a key: not where it answers. */
  #model(model: DraftModel): string {
    switch (model.kind) {
      case 'scripted':
        return `!s${JSON.stringify(model.name)}`;
      case 'endpoint':
        return `!e${JSON.stringify([model.model, model.revision ?? null])}`;
      case 'hub':
        return `!h${JSON.stringify([model.hub, model.revision ?? null, servedLength(model.serve)])}`;
      case 'weights':
        return `!w${this.of(model.draft)}${JSON.stringify([model.output, servedLength(model.serve)])}`;
    }
  }
}
