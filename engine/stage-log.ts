import { hexOf } from '../artifacts/digest.js';
import { jsonLines } from '../artifacts/manifests.js';
import type { ObjectStore } from '../artifacts/store.js';
import type { JsonObject } from '../recipe/json.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  /** ISO 8601, with milliseconds. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  /** `attempt`, or `shard.attempt`. */
  readonly part: string;
  readonly fields?: JsonObject;
}

const FLUSH_AFTER = 2_000;

/** A stage's log: JSON lines, appended in segments, since objects cannot grow. */
export class StageLog {
  readonly #lines: string[] = [];
  readonly #started = new Date().toISOString().replace(/[-:.]/g, '');
  #segment = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly objects: ObjectStore,
    private readonly key: string,
    private readonly part: string,
    private readonly redact: (text: string) => string,
  ) {}

  write(level: LogLevel, message: string, fields?: JsonObject): void {
    const entry: LogEntry = {
      time: new Date().toISOString(),
      level,
      message,
      part: this.part,
      ...(fields ? { fields } : {}),
    };
    this.#lines.push(`${this.redact(JSON.stringify(entry))}\n`);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER);
  }

  /** A log that cannot be written does not fail the stage; its lines are tried again with the next. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(async () => {
      const lines = this.#lines.splice(0);
      if (lines.length === 0) return;
      const name = `${this.#started}-${this.part}-${String(this.#segment).padStart(6, '0')}.jsonl`;
      try {
        await this.objects.put(`logs/${hexOf(this.key)}/${name}`, lines.join(''));
        this.#segment += 1;
      } catch {
        this.#lines.unshift(...lines);
      }
    });
    return this.#flushing;
  }
}

/** All entries of a stage, by time. */
export async function readStageLog(objects: ObjectStore, key: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const { key: name } of objects.list(`logs/${hexOf(key)}/`)) {
    const bytes = await objects.get(name);
    if (bytes) entries.push(...jsonLines<LogEntry>(bytes, name));
  }
  return entries.sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
}
