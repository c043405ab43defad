import type { Draft, DraftInput, DraftModel } from '../draft.js';
import { sameValue } from '../expressions/functions.js';
import type { Json } from '../json.js';
import { keyModel } from '../key.js';

/** What decides whether two drafts are the same work. */
type Work = Pick<Draft, 'declaration' | 'inputs' | 'with' | 'nonce'>;

/**
 * Numbers the work of drafts: the same work, the same number. It stands for what `identitiesOf` says of the plan's nodes, without a text
 * and a hash of it for each: a large plan has 100,000 of them.
 */
export class Identities {
  /** By the hash of a work the first number that has it, and by number the next one: hashes may meet. */
  readonly #byHash = new Map<number, number>();
  readonly #next: number[] = [];
  /** The first work of each number. */
  readonly #works: Work[] = [];

  /** Of a work whose inputs have theirs. */
  numberOf(work: Work): number {
    const hash = hashOf(work);
    const first = this.#byHash.get(hash) ?? -1;
    for (let number = first; number >= 0; number = this.#next[number] ?? -1) {
      const known = this.#works[number];
      if (known !== undefined && isSame(known, work)) return number;
    }
    const number = this.#works.length;
    this.#works.push(work);
    this.#next.push(first);
    this.#byHash.set(hash, number);
    return number;
  }
}

/** All that the key is made of, with numbers in the place of the digests of what is read. */
function isSame(one: Work, other: Work): boolean {
  const [a, b] = [one.declaration, other.declaration];
  return (
    a.name === b.name &&
    a.version === b.version &&
    (a.code ?? '') === (b.code ?? '') &&
    (one.nonce ?? '') === (other.nonce ?? '') &&
    areSameInputs(one.inputs, other.inputs) &&
    sameValue(one.with, other.with)
  );
}

function areSameInputs(ones: Draft['inputs'], others: Draft['inputs']): boolean {
  const names = Object.keys(ones);
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => {
      const own = ones[name] ?? [];
      const other = Object.hasOwn(others, name) ? others[name] : undefined;
      return own.length === other?.length && own.every((source, index) => isSameInput(source, other[index]));
    })
  );
}

function isSameInput(one: DraftInput, other: DraftInput | undefined): boolean {
  if (one.from === 'node')
    return (
      other?.from === 'node' &&
      one.draft.work === other.draft.work &&
      one.output === other.output &&
      one.key === other.key
    );
  if (one.from === 'file') return other?.from === 'file' && one.digest === other.digest;
  return other?.from === 'model' && sameValue(asked(one.model), asked(other.model));
}

/** As in a key, with a number in the place of the digest of weights. */
function asked(model: DraftModel): Json {
  if (model.kind !== 'weights') return keyModel(model);
  const { kind, draft, output, serve } = model;
  return keyModel({ kind, digest: `${draft.work} ${output}`, serve });
}

function hashOf({ declaration, inputs, with: values, nonce }: Work): number {
  let hash = hashOfText(declaration.name);
  if (nonce !== undefined) hash = mixed(hash, hashOfText(nonce));
  // The order of names is nothing: their hashes are added up.
  for (const name in inputs) {
    let own = hashOfText(name);
    for (const source of inputs[name] ?? []) own = mixed(own, hashOfInput(source));
    hash = (hash + own) | 0;
  }
  // A number without a fraction, small enough for a map to hold as it is.
  return mixed(hash, hashOfValue(values)) & 0x3fffffff;
}

function hashOfInput(input: DraftInput): number {
  switch (input.from) {
    case 'node':
      return mixed(mixed(input.draft.work, hashOfText(input.output)), hashOfText(input.key));
    case 'file':
      return hashOfText(input.digest);
    case 'model':
      return hashOfValue(asked(input.model));
  }
}

/** Equal for values that are the same. */
function hashOfValue(value: Json): number {
  if (typeof value === 'string') return hashOfText(value);
  if (typeof value === 'number') return Number.isInteger(value) ? mixed(1, value | 0) : hashOfText(String(value));
  if (value === null || typeof value === 'boolean') return value === null ? 2 : value ? 3 : 4;
  let hash = 5;
  if (Array.isArray(value)) for (const entry of value) hash = mixed(hash, hashOfValue(entry));
  else for (const name in value) hash = (hash + mixed(hashOfText(name), hashOfValue(value[name] ?? null))) | 0;
  return hash;
}

/** FNV-1a, over 16 bits at a time. */
function hashOfText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

function mixed(hash: number, other: number): number {
  const product = Math.imul(hash ^ other ^ (hash << 7), 0x2c1b3c6d);
  return product ^ (product >>> 15);
}
