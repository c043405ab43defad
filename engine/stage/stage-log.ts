import { hexOf } from '../../artifacts/digest.js';
import { jsonLines } from '../../artifacts/json-lines.js';
import type { ObjectStore } from '../../artifacts/store.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Redactor } from './redactor.js';

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
    private readonly redactor: Redactor,
  ) {}

  write(level: LogLevel, message: string, fields?: JsonObject): void {
    const entry: LogEntry = {
      time: new Date().toISOString(),
      level,
      message,
      part: this.part,
      ...(fields ? { fields } : {}),
    };
    this.#lines.push(`${JSON.stringify(this.redactor.value(entry))}\n`);
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
        await this.objects.put(`${logFolder(this.key)}${name}`, lines.join(''));
        this.#segment += 1;
      } catch {
        this.#lines.unshift(...lines);
      }
    });
    return this.#flushing;
  }
}

export function logFolder(key: string): string {
  return `logs/${hexOf(key)}/`;
}

export async function readLogSegment(objects: ObjectStore, name: string): Promise<LogEntry[]> {
  const bytes = await objects.get(name);
  return bytes ? [...jsonLines<LogEntry>(bytes, name)] : [];
}

export function byTime(left: LogEntry, right: LogEntry): number {
  return left.time < right.time ? -1 : left.time > right.time ? 1 : 0;
}
