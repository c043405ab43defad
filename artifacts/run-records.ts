import type { JsonObject } from '../recipe/json.js';
import type { ObjectStore } from './store.js';

/** `runs/<id>/run.json`: written once, before the first look-up. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly profile: string | null;
  /** Digest of the plan's blob. */
  readonly plan: string;
  /** Digest of the recipe text's blob. */
  readonly recipe: string;
  /** Blobs of the files that the plan names, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly onFailure: OnFailure;
  readonly nodes: number;
}

export type OnFailure = 'hold' | 'fail';
export type RunState = 'running' | 'held' | 'succeeded' | 'failed' | 'cancelled';
export type NodeState = 'cached' | 'done' | 'running' | 'waiting' | 'held' | 'failed' | 'skipped' | 'cancelled';

/** `runs/<id>/state.json` */
export interface RunStateRecord {
  readonly state: RunState;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly failure?: Failure;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What failed: the user's value, a machine, or Mortar itself. */
  readonly class: 'user' | 'infrastructure' | 'bug' | 'items' | 'expect' | 'approval';
}

/** `runs/<id>/nodes/<number>.json`: the last that is known of a node that has left `waiting`. */
export interface NodeRecord {
  readonly node: number;
  readonly id: string;
  readonly activity: string;
  readonly state: NodeState;
  readonly key?: string;
  readonly outputs?: Readonly<Record<string, { readonly kind: string; readonly digest: string }>>;
  readonly scalars?: JsonObject;
  readonly failure?: Failure;
  readonly approved?: boolean;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export class RunRecords {
  constructor(readonly objects: ObjectStore) {}

  /** False where the id is taken. */
  async create(record: RunRecord): Promise<boolean> {
    return this.objects.putIfAbsent(`runs/${record.id}/run.json`, JSON.stringify(record));
  }

  async run(id: string): Promise<RunRecord | undefined> {
    return this.#read<RunRecord>(`runs/${id}/run.json`);
  }

  async state(id: string): Promise<RunStateRecord | undefined> {
    return this.#read<RunStateRecord>(`runs/${id}/state.json`);
  }

  async writeState(id: string, state: RunStateRecord): Promise<void> {
    await this.objects.put(`runs/${id}/state.json`, JSON.stringify(state));
  }

  async node(id: string, node: number): Promise<NodeRecord | undefined> {
    return this.#read<NodeRecord>(`runs/${id}/nodes/${node}.json`);
  }

  async writeNode(id: string, record: NodeRecord): Promise<void> {
    await this.objects.put(`runs/${id}/nodes/${record.node}.json`, JSON.stringify(record));
  }

  /** Forgets what had not finished: a run that starts again has those before it, and finds the others in the cache. */
  async forgetUnfinished(id: string): Promise<void> {
    for (const { node, state } of (await this.nodes(id)).values()) {
      if (state !== 'cached' && state !== 'done') await this.objects.delete(`runs/${id}/nodes/${node}.json`);
    }
  }

  async nodes(id: string): Promise<Map<number, NodeRecord>> {
    const names: string[] = [];
    for await (const { key } of this.objects.list(`runs/${id}/nodes/`)) names.push(key);
    const records = new Map<number, NodeRecord>();
    for (let start = 0; start < names.length; start += 32) {
      const read = await Promise.all(names.slice(start, start + 32).map((name) => this.#read<NodeRecord>(name)));
      for (const record of read) if (record) records.set(record.node, record);
    }
    return records;
  }

  /** Newest first: ids begin with their time. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for await (const id of this.objects.folders('runs/')) ids.push(id);
    return ids.sort().reverse();
  }

  async #read<T>(key: string): Promise<T | undefined> {
    const bytes = await this.objects.get(key);
    return bytes && (JSON.parse(bytes.toString('utf8')) as T);
  }
}
