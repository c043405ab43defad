import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../../artifacts/item-index.js';

const BUFFER = 1024 * 1024;
const SMALLEST_WINDOW = 4096;

/** Lines in a local file, read again in any order: for what may not fit into memory. */
export class LineFile {
  #waiting: string[] = [];
  #waitingBytes = 0;
  #size = 0;
  /** What was read last: lines that are read in their order cost one read a megabyte. */
  #window = { start: 0, bytes: Buffer.alloc(0) };
  #windowSize = SMALLEST_WINDOW;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(directory: string): Promise<LineFile> {
    // A worker that lost touch may still be at the same work.
    const path = join(directory, `.lines-${process.pid}-${randomBytes(4).toString('hex')}`);
    return new LineFile(path, await open(path, 'w+'));
  }

  async add(text: string): Promise<Place> {
    const line = `${text}\n`;
    const place = { offset: this.#size, length: Buffer.byteLength(line) };
    this.#size += place.length;
    this.#waiting.push(line);
    this.#waitingBytes += place.length;
    if (this.#waitingBytes >= BUFFER) await this.flush();
    return place;
  }

  async flush(): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (text !== '') await this.file.appendFile(text);
  }

  /** A line with its end. */
  async line({ offset, length }: Place): Promise<string> {
    const { start, bytes } = this.#window;
    const end = start + bytes.length;
    if (offset < start || offset + length > end) {
      await this.flush();
      const goesOn = offset >= start && offset <= end;
      this.#windowSize = goesOn ? Math.min(2 * this.#windowSize, BUFFER) : SMALLEST_WINDOW;
      const wanted = Buffer.alloc(Math.max(length, this.#windowSize));
      const { bytesRead } = await this.file.read(wanted, 0, wanted.length, offset);
      this.#window = { start: offset, bytes: wanted.subarray(0, bytesRead) };
    }
    const from = offset - this.#window.start;
    return this.#window.bytes.toString('utf8', from, from + length);
  }

  async remove(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}
