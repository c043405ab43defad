import { randomBytes } from 'node:crypto';
import { jsonLines } from './json-lines.js';
import { keysUnder } from './keys-under.js';
import { each } from './reachable.js';
import type { NodeRecord } from './run-record.js';
import type { ObjectStore } from './store.js';

/** Fewer records than this are written one by one. */
const SMALLEST_BATCH = 16;
/** Batches that stay parsed: whoever asks for one node asks for others. */
const MOST_PARSED = 16;

/**
 * The node records of runs. Many that are written at once go into one object, `runs/<id>/batches/<time>-<random>.jsonl`. A record of its own
 * stands before what batches say of its node, and a later batch before an earlier one.
 */
export class NodeRecords {
  /** By name; a batch never changes. */
  readonly #parsed = new Map<string, ReadonlyMap<number, NodeRecord>>();

  constructor(readonly objects: ObjectStore) {}

  async node(id: string, node: number): Promise<NodeRecord | undefined> {
    const single = await this.read<NodeRecord>(nodeName(id, node));
    if (single) return single;
    const batches = await this.#batches(id);
    return batches.findLast((batch) => batch.records.has(node))?.records.get(node);
  }

  async writeNode(id: string, record: NodeRecord): Promise<void> {
    await this.objects.put(nodeName(id, record.node), JSON.stringify(record));
  }

  /** Records that are in batches: what can be had of thousands of nodes in a few requests. */
  async batched(id: string): Promise<NodeRecord[]> {
    return (await this.#batches(id)).reverse().flatMap(({ records }) => [...records.values()]);
  }

  async writeNodes(id: string, records: readonly NodeRecord[]): Promise<void> {
    const batched: NodeRecord[] = [];
    if (records.length >= SMALLEST_BATCH) {
      const single = new Set(await this.#singleNames(id));
      batched.push(...records.filter(({ node }) => !single.has(nodeName(id, node))));
    }
    const rest = new Set(records);
    if (batched.length >= SMALLEST_BATCH) {
      await this.#writeBatch(id, batched);
      for (const record of batched) rest.delete(record);
    }
    await each(rest, (record) => this.writeNode(id, record));
  }

  /** Puts single records into one batch: whoever reads a run that has ended reads all of it. */
  async compact(id: string): Promise<void> {
    const names = await this.#singleNames(id);
    if (names.length < SMALLEST_BATCH) return;
    await this.#writeBatch(id, await this.#singles(names));
    await this.objects.deleteAll(names);
  }

  async nodes(id: string): Promise<Map<number, NodeRecord>> {
    // Single ones first: when they are put into a batch meanwhile, they are found there.
    const single = await this.#singles(await this.#singleNames(id));
    const records = new Map<number, NodeRecord>();
    for (const batch of await this.#batches(id)) for (const [node, record] of batch.records) records.set(node, record);
    for (const record of single) records.set(record.node, record);
    return records;
  }

  /** Node records of another plan in the place of the present ones. */
  async replaceNodes(id: string, records: readonly NodeRecord[]): Promise<void> {
    const present = await this.nodes(id);
    for (const record of records) {
      const known = present.get(record.node);
      present.delete(record.node);
      if (JSON.stringify(known) !== JSON.stringify(record)) await this.writeNode(id, record);
    }
    await this.#forgetNodes(id, [...present.keys()]);
  }

  /** Forgets what had not finished: a run that starts again has those before it, and finds the others in the cache. */
  async forgetUnfinished(id: string): Promise<void> {
    const records = [...(await this.nodes(id)).values()];
    const unfinished = records.filter(({ state }) => state !== 'cached' && state !== 'done');
    await this.#forgetNodes(
      id,
      unfinished.map(({ node }) => node),
    );
  }

  /** In the order in which they were written. */
  async #batches(id: string): Promise<{ readonly name: string; readonly records: ReadonlyMap<number, NodeRecord> }[]> {
    const names = await keysUnder(this.objects, `runs/${id}/batches/`);
    const batches = await Promise.all(names.map(async (name) => ({ name, records: await this.#batch(name) })));
    return batches.flatMap(({ name, records }) => (records ? [{ name, records }] : []));
  }

  async #batch(name: string): Promise<ReadonlyMap<number, NodeRecord> | undefined> {
    const known = this.#parsed.get(name);
    if (known) return known;
    const bytes = await this.objects.get(name);
    if (!bytes) return undefined;
    const lines = [...jsonLines<NodeRecord>(bytes, name)];
    const records = new Map(lines.map((record) => [record.node, record]));
    const [oldest] = this.#parsed.keys();
    if (this.#parsed.size >= MOST_PARSED && oldest !== undefined) this.#parsed.delete(oldest);
    this.#parsed.set(name, records);
    return records;
  }

  async #writeBatch(id: string, records: readonly NodeRecord[]): Promise<void> {
    const name = `${new Date().toISOString().replace(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`;
    await this.objects.put(`runs/${id}/batches/${name}.jsonl`, linesOf(records));
  }

  async #forgetNodes(id: string, nodes: readonly number[]): Promise<void> {
    if (nodes.length === 0) return;
    const forgotten = new Set(nodes);
    for (const { name, records } of await this.#batches(id)) {
      const left = [...records.values()].filter(({ node }) => !forgotten.has(node));
      if (left.length === records.size) continue;
      // In the place of the first, so that what later batches say still stands before it.
      if (left.length > 0)
        await this.objects.put(
          name.replace(/(-r[0-9a-f]+)?\.jsonl$/, `-r${randomBytes(4).toString('hex')}.jsonl`),
          linesOf(left),
        );
      await this.objects.delete(name);
      this.#parsed.delete(name);
    }
    await each(nodes, (node) => this.objects.delete(nodeName(id, node)));
  }

  #singleNames(id: string): Promise<string[]> {
    return keysUnder(this.objects, `runs/${id}/nodes/`);
  }

  async #singles(names: readonly string[]): Promise<NodeRecord[]> {
    const records: NodeRecord[] = [];
    await each(names, async (name) => {
      const record = await this.read<NodeRecord>(name);
      if (record) records.push(record);
    });
    return records;
  }

  protected async read<T>(key: string): Promise<T | undefined> {
    const bytes = await this.objects.get(key);
    return bytes && (JSON.parse(bytes.toString('utf8')) as T);
  }
}

function nodeName(id: string, node: number): string {
  return `runs/${id}/nodes/${node}.json`;
}

function linesOf(records: readonly NodeRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
