import { mkdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hexOf } from '../../artifacts/digest.js';

/** A stage's folder on its worker, `${cache}/work/<first 16 digits of the key>`: a restarted worker finds what it had. */
export class Scratch {
  readonly path: string;
  #made = false;

  constructor(cache: string, key: string) {
    this.path = join(cache, 'work', hexOf(key).slice(0, 16));
  }

  /** Its path, and it is there: most small stages never ask, and need no folder. */
  made(): string {
    if (!this.#made) mkdirSync(this.path, { recursive: true });
    this.#made = true;
    return this.path;
  }

  /** Of a stage that is done. An attempt before may have left it, though this one has not used it. */
  async remove(): Promise<void> {
    this.#made = false;
    await rm(this.path, { recursive: true, force: true });
  }

  /** What could be resumed stays; an empty folder is no use to anybody. */
  async removeIfEmpty(): Promise<void> {
    if (this.#made) await rmdir(this.path).catch(() => undefined);
  }
}
