import { keysUnder } from './keys-under.js';
import { NodeRecords } from './node-records.js';
import type { RunRecord, RunStateRecord } from './run-record.js';

/** What is known of runs. */
export class RunRecords extends NodeRecords {
  /** False where the id is taken. */
  async create(record: RunRecord): Promise<boolean> {
    return this.objects.putIfAbsent(`runs/${record.id}/run.json`, JSON.stringify(record));
  }

  /** Another plan in the record's place. */
  async revise(record: RunRecord): Promise<void> {
    await this.objects.put(`runs/${record.id}/run.json`, JSON.stringify(record));
  }

  async run(id: string): Promise<RunRecord | undefined> {
    return this.read<RunRecord>(`runs/${id}/run.json`);
  }

  async state(id: string): Promise<RunStateRecord | undefined> {
    return this.read<RunStateRecord>(`runs/${id}/state.json`);
  }

  async writeState(id: string, state: RunStateRecord): Promise<void> {
    await this.objects.put(`runs/${id}/state.json`, JSON.stringify(state));
  }

  /** Removes all that is known of a run; what only it needed can then be collected. */
  async forget(id: string): Promise<void> {
    const names = await keysUnder(this.objects, `runs/${id}/`);
    const last = `runs/${id}/run.json`;
    // The record itself last: a run that is half forgotten is still listed, and can be forgotten again.
    for (const name of names) if (name !== last) await this.objects.delete(name);
    await this.objects.delete(last);
  }

  /** Newest first: ids begin with their time. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for await (const id of this.objects.folders('runs/')) ids.push(id);
    return ids.sort().reverse();
  }
}
