/** Keeps the head and the tail of a stream within a number of bytes; the middle goes, and a line says how much. */
export class Capture {
  readonly #half: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#half = Math.max(1, Math.floor(maxBytes / 2));
  }

  push(chunk: Buffer): void {
    const room = this.#half - this.#headBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      this.#head.push(part);
      this.#headBytes += part.length;
      chunk = chunk.subarray(part.length);
    }
    if (chunk.length === 0) return;
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    // Joined only when twice too long: so a stream of small chunks costs linear time.
    if (this.#tailBytes > 2 * this.#half) this.#trim();
  }

  text(): string {
    this.#trim();
    const middle = this.#dropped > 0 ? `\n[... ${this.#dropped} bytes left out ...]\n` : '';
    return Buffer.concat(this.#head).toString('utf8') + middle + Buffer.concat(this.#tail).toString('utf8');
  }

  #trim(): void {
    if (this.#tailBytes <= this.#half) return;
    const joined = Buffer.concat(this.#tail);
    const kept = joined.subarray(joined.length - this.#half);
    this.#dropped += joined.length - kept.length;
    this.#tail = [kept];
    this.#tailBytes = kept.length;
  }
}
