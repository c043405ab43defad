import {
  type CST,
  Composer,
  type Document,
  type Node,
  type Pair,
  Parser,
  type YAMLMap,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  visit,
} from 'yaml';
import type { Json } from '../../json.js';
import { limits } from '../../limits.js';
import type { Found, Path, YamlTree } from './tree.js';

/** A YAML file as the library reads it: all of YAML, with what is wrong with it. */
export class DocumentTree implements YamlTree {
  /** Pairs by key of the maps that were asked: a large map is asked for each of its keys. */
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  #data: Json | undefined;

  constructor(readonly document: Document.Parsed) {}

  /** Only for a document without problems: aliases were counted before, each with all that it stands for. */
  get data(): Json {
    return (this.#data ??= (this.document.toJS({ maxAliasCount: -1 }) ?? null) as Json);
  }

  find(path: Path, key: boolean): Found {
    let node: Node | null = this.document.contents;
    let range: [number, number] = [0, 0];
    if (node?.range) range = [node.range[0], node.range[1]];
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.document) ?? null;
      if (isMap(node)) {
        const pair = this.#pairsOf(node).get(String(step));
        if (pair === undefined) break;
        const own = pair.key as Node;
        if (key && depth === path.length - 1 && own.range)
          return { start: own.range[0], end: own.range[1], collection: false };
        node = pair.value as Node | null;
        range = node?.range ? [node.range[0], node.range[1]] : own.range ? [own.range[0], own.range[1]] : range;
      } else if (isSeq(node)) {
        const item: unknown = node.items[Number(step)];
        if (item === undefined) break;
        node = item as Node;
        if (node.range) range = [node.range[0], node.range[1]];
      } else {
        break;
      }
    }
    const [start, end] = range;
    return isScalar(node)
      ? { start, end, scalar: String(node.value), collection: false }
      : { start, end, collection: true };
  }

  keyStarts(path: Path, keys: readonly string[]): number[] {
    return keys.map((key) => this.find([...path, key], true).start);
  }

  writtenNumber(path: Path): string | undefined {
    let node: Node | null | undefined = this.document.contents;
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (isMap(node)) node = this.#pairsOf(node).get(String(step))?.value as Node | null | undefined;
      else if (isSeq(node)) node = node.items[Number(step)] as Node | undefined;
      else return undefined;
    }
    return isScalar(node) && typeof node.value === 'number' ? node.source : undefined;
  }

  writtenNumbers(): { path: (string | number)[]; written: string }[] {
    const found: { path: (string | number)[]; written: string }[] = [];
    visit(this.document, {
      Scalar: (key, { value, source }, ancestors) => {
        if (key === 'key' || typeof value !== 'number' || source === undefined || !/\.\d*0$/.test(source)) return;
        const path = ancestors.flatMap((ancestor, depth): (string | number)[] => {
          if (isPair(ancestor)) return isScalar(ancestor.key) ? [String(ancestor.key.value)] : [];
          const next = ancestors[depth + 1];
          return isSeq(ancestor) && next !== undefined ? [ancestor.items.indexOf(next)] : [];
        });
        found.push({ path: typeof key === 'number' ? [...path, key] : path, written: source });
      },
    });
    return found;
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of map.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
      if (name !== undefined && !pairs.has(name)) pairs.set(name, pair);
    }
    this.#pairs.set(map, pairs);
    return pairs;
  }
}

/** A document, and where a second one begins; else the offset at which values stand too deep within each other. */
export type Read = { readonly tree: DocumentTree; readonly second?: number } | { readonly tooDeep: number };

/** Reads all of YAML 1.2. What is wrong with a text that can be read is in the document's `errors`. */
export function readDocument(text: string): Read {
  const options = {
    version: '1.2',
    schema: 'core',
    // Checked later: the library compares every key with every other.
    uniqueKeys: false,
    merge: true,
  } as const;
  const composer = new Composer(options);
  let tokens: CST.Token[];
  try {
    tokens = [...new Parser().parse(text)];
  } catch (error) {
    // It leaves several levels at once by recursion: thousands of them are beyond its stack.
    if (error instanceof RangeError) return { tooDeep: 0 };
    throw error;
  }
  // Composing recurses, and so does all that is done with the values later.
  for (const token of tokens) {
    const tooDeep = deeperThan(limits.depth, token);
    if (tooDeep !== undefined) return { tooDeep };
  }
  const { stackTraceLimit } = Error;
  // A text may have a million mistakes, and where in the library each was found is of no use.
  Error.stackTraceLimit = 0;
  const [first, second] = composer.compose(tokens, true, text.length);
  Error.stackTraceLimit = stackTraceLimit;
  // One is always there, as it was asked for.
  return { tree: new DocumentTree(first as Document.Parsed), second: second?.range[0] };
}

/** Where the first value begins that stands deeper than that. Without recursion, as the depth is what it is about. */
function deeperThan(most: number, token: CST.Token): number | undefined {
  const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > most) return token.offset;
    if (token.type === 'document') {
      if (token.value) open.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (value) open.push({ token: value, depth: depth + 1 });
        if (key) open.push({ token: key, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
