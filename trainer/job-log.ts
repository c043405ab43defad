import { open } from 'node:fs/promises';
import type { JsonObject } from '../recipe/json.js';

/** Follows a job's `log.jsonl`; each call returns the whole lines that were added since. */
export class JobLog {
  #offset = 0;
  #rest = '';
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<JsonObject[]> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (file === undefined) return [];
    try {
      const { size } = await file.stat();
      if (size <= this.#offset) return [];
      const buffer = Buffer.alloc(size - this.#offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
      this.#offset += bytesRead;
      const lines = (this.#rest + buffer.subarray(0, bytesRead).toString('utf8')).split('\n');
      // The last piece is a line that is being written.
      this.#rest = lines.pop() ?? '';
      return lines.flatMap(parse);
    } finally {
      await file.close();
    }
  }
}

/** A line that a kill cut short is left out: the job goes on from a checkpoint and says it again. */
function parse(line: string): JsonObject[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as JsonObject] : [];
  } catch {
    return [];
  }
}
