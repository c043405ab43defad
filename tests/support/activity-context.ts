import type { ActivityContext, InputSource, JsonObject } from '../../activities/activity.js';
import type { SandboxPort } from '../../sandbox/sandbox.js';
import { folderBlobs } from './tally.js';

export interface Recorded {
  readonly context: ActivityContext;
  /** Records written, by output. */
  readonly written: Record<string, unknown[]>;
  readonly messages: string[];
}

/** A context with records in memory and blobs in a folder; models and trainer refuse, since the activities here have no use for them. */
export function recordingContext(options: {
  readonly folder: string;
  readonly cache: string;
  readonly sandbox: SandboxPort;
  readonly params: JsonObject;
  readonly inputs: Readonly<Record<string, readonly unknown[]>>;
  readonly concurrency?: number;
}): Recorded {
  const written: Record<string, unknown[]> = {};
  const messages: string[] = [];
  const of = (name: string): readonly unknown[] => options.inputs[name] ?? [];
  const refuse = (what: string) => (): never => {
    throw new Error(`This test's context has no ${what}.`);
  };
  const iterate = async function* <T>(records: readonly unknown[]): AsyncGenerator<T> {
    for (const record of records) yield structuredClone(record) as T;
  };
  const context: ActivityContext = {
    params: options.params,
    inputs: {
      names: () => Object.keys(options.inputs),
      form: async () => 'records',
      path: refuse('files'),
      has: (name) => name in options.inputs,
      sources: (name): InputSource[] => (name in options.inputs ? [{ key: '', kind: name, digest: name }] : []),
      records: (name) => iterate(of(name)),
      all: async <T>(name: string) => structuredClone(of(name)) as T[],
      recordsOf: (source) => iterate(of(source.digest)),
      directory: refuse('directories'),
      model: refuse('models'),
    },
    outputs: {
      async write(name, records) {
        const list: unknown[] = [];
        for await (const record of records) list.push(record);
        written[name] = list;
      },
      writeDirectory: refuse('directories'),
    },
    blobs: folderBlobs(`${options.folder}/blobs`),
    sandbox: options.sandbox,
    models: new Proxy({}, { get: refuse('models') }) as ActivityContext['models'],
    trainer: new Proxy({}, { get: refuse('trainer') }) as ActivityContext['trainer'],
    directory: `${options.folder}/stage`,
    cache: options.cache,
    name: '0123456789abcdef',
    concurrency: options.concurrency ?? 4,
    environment: () => undefined,
    seed: () => 1,
    progress: () => undefined,
    log: (level, message) => void messages.push(`${level}: ${message}`),
    signal: new AbortController().signal,
  };
  return { context, written, messages };
}
