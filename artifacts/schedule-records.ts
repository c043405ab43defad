import { canonicalJson, sha256 } from '../recipe/canonical.js';
import { hexOf } from './digest.js';
import type { OnFailure } from './run-record.js';
import type { ObjectStore } from './store.js';
import { keysUnder } from './keys-under.js';

/** `schedules/<id>/<digest>.json`: what a schedule runs, as it was when the schedule was made. Never changes, so its digest names it. */
export interface ScheduleDefinition {
  readonly mortar: 1;
  readonly id: string;
  /** Of the recipe. */
  readonly name: string;
  readonly profile: string | null;
  /** Digest of the blob with all that plans are made from. */
  readonly source: string;
  /** Blobs of the files that the plan names, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly onFailure: OnFailure;
  /** Stages that each run works on once more. */
  readonly fresh: readonly string[];
  readonly when: ScheduleTimes;
}

/** As they were given, for listings; Temporal keeps the times. */
export interface ScheduleTimes {
  readonly cron?: readonly string[];
  readonly every?: string;
  readonly timezone?: string;
}

export class ScheduleRecords {
  constructor(readonly objects: ObjectStore) {}

  /** Gives the digest that names it. */
  async write(definition: ScheduleDefinition): Promise<string> {
    const text = canonicalJson(definition);
    const digest = sha256(text);
    await this.objects.put(nameOf(definition.id, digest), text);
    return digest;
  }

  async read(id: string, digest: string): Promise<ScheduleDefinition | undefined> {
    const bytes = await this.objects.get(nameOf(id, digest));
    return bytes && (JSON.parse(bytes.toString('utf8')) as ScheduleDefinition);
  }

  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for await (const id of this.objects.folders('schedules/')) ids.push(id);
    return ids.sort();
  }

  async remove(id: string, digest: string): Promise<void> {
    await this.objects.delete(nameOf(id, digest));
  }

  /** Removes all that was written for an id; what only it needed can then be collected. */
  async forget(id: string): Promise<void> {
    for (const name of await keysUnder(this.objects, `schedules/${id}/`)) await this.objects.delete(name);
  }
}

function nameOf(id: string, digest: string): string {
  return `schedules/${id}/${hexOf(digest)}.json`;
}
