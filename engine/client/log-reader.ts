import type { ObjectStore } from '../../artifacts/store.js';
import type { NodeStatus } from './run-status.js';
import { byTime, logFolder, readLogSegment, type LogEntry } from '../stage/stage-log.js';

export type StageLogEntry = LogEntry & { readonly stage: string };

/** Reads the logs of stages as they grow. */
export class LogReader {
  /** Names of segments that have been read. */
  readonly #read = new Set<string>();
  /** Stages that had ended when their log was read, by key and the time of their end: nothing more comes. */
  readonly #complete = new Set<string>();

  constructor(private readonly objects: ObjectStore) {}

  /**
   * What was written since the last call, by time. All or nothing: where the store fails in the middle, the next call gives it.
   * A cached stage's log is that of the run which made its result.
   */
  async next(nodes: readonly Pick<NodeStatus, 'id' | 'key' | 'state' | 'endedAt'>[]): Promise<StageLogEntry[]> {
    const entries: StageLogEntry[] = [];
    const read = new Set<string>();
    const complete: string[] = [];
    for (const { id, key, state, endedAt } of nodes) {
      if (key === undefined) continue;
      const end = `${key} ${endedAt}`;
      if (state !== 'running' && this.#complete.has(end)) continue;
      for await (const { key: name } of this.objects.list(logFolder(key))) {
        if (this.#read.has(name) || read.has(name)) continue;
        entries.push(...(await readLogSegment(this.objects, name)).map((entry) => ({ stage: id, ...entry })));
        read.add(name);
      }
      if (state !== 'running') complete.push(end);
    }
    for (const name of read) this.#read.add(name);
    for (const end of complete) this.#complete.add(end);
    return entries.sort(byTime);
  }
}
