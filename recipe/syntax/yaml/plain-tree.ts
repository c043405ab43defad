import type { Json } from '../../json.js';
import type { NodeTable } from './node-table.js';
import type { Found, Path, YamlTree } from './tree.js';

/** Maps of more keys than this are looked up by name, as a map of 100,000 stages is asked for each of them. */
const few = 16;

/** What the plain reader read: data, and a table of places beside it. */
export class PlainTree implements YamlTree {
  readonly #named = new Map<number, ReadonlyMap<string, number>>();

  constructor(
    readonly text: string,
    readonly data: Json,
    readonly table: NodeTable,
  ) {}

  find(path: Path, key: boolean): Found {
    const { table } = this;
    let node = 0;
    let value: Json = this.data;
    for (const [depth, step] of path.entries()) {
      const child = this.#child(node, value, step);
      if (child === undefined) break;
      if (key && depth === path.length - 1 && !Array.isArray(value))
        return { start: table.keyStart(child.node), end: table.keyEnd(child.node), collection: false };
      ({ node, value } = child);
    }
    const collection = value !== null && typeof value === 'object';
    return {
      start: table.start(node),
      end: table.end(node),
      collection,
      ...(collection ? {} : { scalar: String(value) }),
    };
  }

  keyStarts(path: Path, keys: readonly string[]): number[] {
    let child = this.table.first(this.#at(path)?.node ?? -1);
    return keys.map(() => {
      const start = this.table.keyStart(child);
      child = this.table.next(child);
      return start;
    });
  }

  writtenNumber(path: Path): string | undefined {
    const found = this.#at(path);
    return typeof found?.value === 'number' ? this.#written(found.node) : undefined;
  }

  #at(path: Path): { readonly node: number; readonly value: Json } | undefined {
    let found: { node: number; value: Json } | undefined = { node: 0, value: this.data };
    for (const step of path) if (found !== undefined) found = this.#child(found.node, found.value, step);
    return found;
  }

  writtenNumbers(): { path: Path; written: string }[] {
    const found: { path: Path; written: string }[] = [];
    const visit = (node: number, value: Json, path: Path): void => {
      if (typeof value === 'number') {
        const written = this.#written(node);
        if (/\.\d*0$/.test(written)) found.push({ path, written });
      } else if (value !== null && typeof value === 'object') {
        let child = this.table.first(node);
        for (const [name, entry] of Object.entries(value)) {
          visit(child, entry, [...path, Array.isArray(value) ? Number(name) : name]);
          child = this.table.next(child);
        }
      }
    };
    visit(0, this.data, []);
    return found;
  }

  #written(node: number): string {
    return this.text.slice(this.table.start(node), this.table.end(node));
  }

  #child(node: number, value: Json, step: string | number): { node: number; value: Json } | undefined {
    if (value === null || typeof value !== 'object') return undefined;
    if (Array.isArray(value)) {
      const index = Number(step);
      const entry = value[index];
      if (entry === undefined) return undefined;
      let child = this.table.first(node);
      for (let left = index; left > 0; left -= 1) child = this.table.next(child);
      return { node: child, value: entry };
    }
    const name = String(step);
    if (!Object.hasOwn(value, name)) return undefined;
    return { node: this.#key(node, value, name), value: value[name] ?? null };
  }

  #key(node: number, value: { [key: string]: Json }, name: string): number {
    const known = this.#named.get(node)?.get(name);
    if (known !== undefined) return known;
    const names = Object.keys(value);
    const nodes = new Map<string, number>();
    let child = this.table.first(node);
    for (const own of names) {
      if (own === name && names.length <= few) return child;
      nodes.set(own, child);
      child = this.table.next(child);
    }
    this.#named.set(node, nodes);
    return nodes.get(name) ?? -1;
  }
}
