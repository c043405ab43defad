import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Activity, Blobs, Outputs } from '../../activities/activity.js';
import type { Store } from '../../artifacts/open.js';
import { outputsOf } from '../../recipe/planning/declared-outputs.js';
import type { WorkOrder } from '../orders/order.js';
import { redactedFile, redactedTree } from './redacted-files.js';
import type { Redactor } from './redactor.js';
import type { Scratch } from './scratch.js';

interface StageParts {
  readonly order: WorkOrder;
  readonly activity: Activity;
  readonly store: Store;
  readonly redactor: Redactor;
  readonly scratch: Scratch;
}

/** What a stage writes, without secrets. @param outputs where the digest of each is noted */
export function stageOutputs(
  { activity, store, order, redactor, scratch }: StageParts,
  outputs: Map<string, { kind: string; digest: string }>,
): Outputs {
  const declared = outputsOf(activity, order.document.with);
  const kindOf = (name: string): string => {
    const kind = declared[name]?.kind;
    if (!kind) throw new Error(`${activity.name} declares no output ${name}`);
    if (outputs.has(name)) throw new Error(`${activity.name} wrote its output ${name} twice`);
    return kind;
  };
  return {
    write: async (name, records) => {
      const kind = kindOf(name);
      const hidden = redactor.each(records);
      outputs.set(name, { kind, digest: await store.artifacts.writeRecords(kind, hidden) });
    },
    writeDirectory: async (name, directory) => {
      const kind = kindOf(name);
      const hidden = await redactedTree(directory, join(scratch.path, 'redacted', name), redactor);
      outputs.set(name, { kind, digest: await store.artifacts.writeTree(kind, hidden) });
    },
  };
}

/** Bytes that the records of a stage refer to, without secrets. */
export function stageBlobs({ store: { blobs }, redactor, scratch }: StageParts): Blobs {
  return {
    put: (bytes) => blobs.put(typeof bytes === 'string' ? redactor.text(bytes) : redactor.bytes(bytes)),
    async putFile(path) {
      const hidden = await redactedFile(path, join(scratch.path, 'redacted', randomUUID()), redactor);
      const blob = await blobs.putFile(hidden);
      if (hidden !== path) await rm(hidden);
      return blob;
    },
    get: (blob) => blobs.get(blob),
    file: (blob) => blobs.file(blob.digest),
  };
}
