import type { Store } from '../../artifacts/open.js';
import type { ArtifactPlace } from './artifacts-above.js';
import type { RecordedRun } from './recorded-run.js';

/** Where a record stands: the artifact (or the file) and the line in it, from 1 on. */
export interface RecordPlace {
  readonly stage: string;
  readonly output: string;
  readonly kind: string;
  readonly artifact: string;
  readonly line: number;
  readonly id: string;
}

interface Found {
  readonly at: RecordPlace;
  /** What lineage needs of it. */
  readonly record: Readonly<Record<string, unknown>>;
}

const kept = ['environment_id', 'repo', 'version', 'commit', 'model'];

/** Finds records of artifacts by their ids. Each artifact is read once, and little of it is kept. */
export class RecordIndexes {
  readonly #indexes = new Map<string, Promise<ReadonlyMap<string, Found>>>();
  readonly #files = new Map<string, Promise<ReadonlyMap<string, number>>>();

  constructor(
    private readonly store: Store,
    private readonly run: RecordedRun,
  ) {}

  async *lines<T>({ artifact }: ArtifactPlace): AsyncIterable<readonly [number, T]> {
    let line = 0;
    for await (const record of this.store.artifacts.records<T>(artifact)) yield [++line, record];
  }

  async find<T extends object>(
    place: ArtifactPlace,
    id: string,
    idOf: (record: T) => string,
  ): Promise<Found | undefined> {
    const known = this.#indexes.get(place.artifact);
    const index = known ?? this.#index(place, idOf);
    if (!known) this.#indexes.set(place.artifact, index);
    return (await index).get(id);
  }

  /** The line of a file of JSON lines that a stage was given, in which a record with this id stands. */
  async rowOfFile<T extends object>(
    node: number,
    id: string,
    idOf: (record: T) => string,
  ): Promise<RecordPlace | undefined> {
    const planned = this.run.plan.nodes[node];
    for (const [name, inputs] of Object.entries(planned?.inputs ?? {}))
      for (const input of inputs) {
        const artifact = input.from === 'file' ? this.run.record.files[input.path] : undefined;
        if (input.from !== 'file' || artifact === undefined) continue;
        const rows = this.#files.get(artifact) ?? this.#rows(artifact, idOf);
        this.#files.set(artifact, rows);
        const line = (await rows).get(id);
        if (line !== undefined)
          return { stage: planned?.id ?? '', output: name, kind: 'file', artifact, line, id: `${input.path}:${line}` };
      }
    return undefined;
  }

  async #index<T extends object>(
    place: ArtifactPlace,
    idOf: (record: T) => string,
  ): Promise<ReadonlyMap<string, Found>> {
    const { node: _node, ...at } = place;
    const index = new Map<string, Found>();
    for await (const [line, record] of this.lines<T>(place)) {
      const id = idOf(record);
      const values = Object.entries(record).filter(([name]) => kept.includes(name));
      index.set(id, { at: { ...at, line, id }, record: Object.fromEntries(values) });
    }
    return index;
  }

  async #rows<T extends object>(digest: string, idOf: (record: T) => string): Promise<ReadonlyMap<string, number>> {
    const rows = new Map<string, number>();
    const bytes = await this.store.blobs.bytes(digest);
    try {
      for (const [at, line] of bytes.toString('utf8').split('\n').entries())
        if (line.trim() !== '') rows.set(idOf(JSON.parse(line) as T), at + 1);
    } catch {
      // No JSON lines: the file is behind it as a whole.
      return new Map();
    }
    return rows;
  }
}
