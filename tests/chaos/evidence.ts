import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredItem } from '../../artifacts/item-segments.js';
import { repeated, type TraceLine } from './repeated.js';

/** Looks into the store's own folder while the engine works: since when each result has been there. */
export class Evidence {
  /** Milliseconds since 1970, by the first 16 digits of a stage's key; by `tag/item`. */
  readonly committed = new Map<string, number>();
  readonly flushed = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly bucket: string,
    private readonly trace: string,
  ) {
    this.#timer = setInterval(() => this.look(), 200);
  }

  /** Work that was done although its result was in the store already. */
  repeated(): string[] {
    this.look();
    clearInterval(this.#timer);
    return repeated(this.lines(), this.committed, this.flushed);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  lines(): TraceLine[] {
    const text = readFileSync(this.trace, 'utf8').split('\n').filter(Boolean);
    return text.map((line) => JSON.parse(line) as TraceLine);
  }

  look(): void {
    for (const { name, modified } of this.#fresh('cache')) keepEarliest(this.committed, name.slice(0, 16), modified);
    for (const map of namesIn(join(this.bucket, 'items'))) {
      for (const { path, modified } of this.#fresh(join('items', map))) {
        for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
          const { result } = JSON.parse(line) as StoredItem;
          if (!result.ok) continue;
          const { tag } = result.record as { tag: string };
          keepEarliest(this.flushed, `${tag}/${result.key}`, modified);
        }
      }
    }
  }

  *#fresh(folder: string): Iterable<{ name: string; path: string; modified: number }> {
    for (const name of namesIn(join(this.bucket, folder))) {
      const path = join(this.bucket, folder, name);
      if (this.#seen.has(path)) continue;
      const status = statSync(path, { throwIfNoEntry: false });
      if (!status?.isFile()) continue;
      this.#seen.add(path);
      yield { name, path, modified: status.mtimeMs };
    }
  }
}

function keepEarliest(times: Map<string, number>, name: string, time: number): void {
  times.set(name, Math.min(time, times.get(name) ?? Infinity));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
