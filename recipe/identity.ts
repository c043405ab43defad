import { canonicalJson, sha256 } from './canonical.js';
import type { Draft, DraftInput, DraftModel } from './draft.js';
import { servedLength } from './key.js';

/**
 * Tells drafts of the same work: they have the same number. It stands for what `identitiesOf` says of the plan's nodes, without a hash
 * for each: a large plan has 100,000 of them.
 */
export class Identities {
  readonly #known = new Map<Draft, number>();
  readonly #numbers = new Map<string, number>();
  /** What stages do, apart from what they read: many of them do the same. */
  readonly #tasks = new Map<string, number>();
  /** How far a list was added; lists only grow. */
  readonly #added = new WeakMap<readonly Draft[], number>();

  /** Those of drafts that stand after all that they need. */
  add(drafts: readonly Draft[]): void {
    for (let index = this.#added.get(drafts) ?? 0; index < drafts.length; index += 1) {
      const draft = drafts[index];
      if (draft && !this.#known.has(draft)) this.#known.set(draft, numberOf(this.#work(draft), this.#numbers));
    }
    this.#added.set(drafts, drafts.length);
  }

  of(draft: Draft): number {
    return this.#known.get(draft) ?? -1;
  }

  /** All that the key is made of, with numbers in the place of the digests of what is read. */
  #work({ declaration: { name, version, code = '' }, inputs, nonce = '', with: values }: Draft): string {
    const task = `${JSON.stringify([name, version, code, nonce])}${canonicalJson(values)}`;
    let work = String(numberOf(task, this.#tasks));
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

function numberOf(text: string, numbers: Map<string, number>): number {
  // A hash of what is long, so that a large plan need not be kept twice.
  const name = text.length < 100 ? text : sha256(text);
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
