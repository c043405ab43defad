import type { Blob } from '../schemas/records.js';
import type { ActivityDeclaration } from '../recipe/declaration.js';
import type { ModelsPort, ModelInput } from '../models/model.js';
import type { Json, JsonObject } from '../recipe/json.js';
import type { SandboxPort } from '../sandbox/sandbox.js';
import type { TrainerPort } from '../trainer/trainer.js';

export type { Json, JsonObject } from '../recipe/json.js';

/** One artifact (or part of a concatenated list) behind an input. */
export interface InputSource {
  /** Key of the foreach that made it ('base', 'sft', ...); empty elsewhere. */
  readonly key: string;
  readonly kind: string;
  /** Digest of the artifact's manifest. */
  readonly digest: string;
}

export interface Inputs {
  /** Names of the inputs that were given. */
  names(): readonly string[];
  /** What a source is: a file of the recipe, a tree of files, or records. */
  form(source: InputSource): Promise<'file' | 'files' | 'records'>;
  /** Read-only local copy of a file or a tree of files. */
  path(source: InputSource): Promise<string>;
  /** Whether an optional input was given. */
  has(name: string): boolean;
  sources(name: string): readonly InputSource[];
  /** Records of all sources of the input, in order. */
  records<T>(name: string): AsyncIterable<T>;
  /** The same, in memory: for inputs that are known to be small. */
  all<T>(name: string): Promise<T[]>;
  /** Records of one source. */
  recordsOf<T>(source: InputSource): AsyncIterable<T>;
  /** Puts the file tree (a model, a file) into a folder of the worker's cache and returns its path; done once a digest. */
  directory(name: string): Promise<string>;
  /** A `models.*` input. */
  model(name: string): ModelInput;
}

export interface Outputs {
  /** Writes an output of records. May be called once an output. */
  write(name: string, records: Iterable<unknown> | AsyncIterable<unknown>): Promise<void>;
  /** Writes an output that is a file tree. */
  writeDirectory(name: string, directory: string): Promise<void>;
}

export interface Blobs {
  put(bytes: Uint8Array | string): Promise<Blob>;
  putFile(path: string): Promise<Blob>;
  get(blob: Blob): Promise<Buffer>;
  /** Path of a read-only local copy, fetched once a digest and checked. */
  file(blob: Blob): Promise<string>;
}

/** What an activity gets. It never sees Temporal, S3 or Docker. */
export interface ActivityContext {
  readonly params: JsonObject;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly blobs: Blobs;
  readonly sandbox: SandboxPort;
  readonly models: ModelsPort;
  readonly trainer: TrainerPort;
  /** Scratch folder of this stage key on this worker; survives a restart of the worker, so that work can be resumed. */
  readonly directory: string;
  /** Worker's cache folder for things that are named by content (environments, downloads). */
  readonly cache: string;
  /** The first 16 hexadecimal digits of the stage key: names containers and jobs, so that a restarted worker finds them. */
  readonly name: string;
  /** Items worked on at once, from the stage's `items.concurrency`. */
  readonly concurrency: number;
  /** Secrets and `{ env: NAME }` values that the recipe declares; undefined where the worker lacks one. */
  environment(name: string): string | undefined;
  /** A 31-bit seed: hash of (`params.seed`, the parts). */
  seed(...parts: (string | number)[]): number;
  progress(done: number, total: number, note?: string): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject): void;
  /** Aborted when the stage is cancelled or the worker drains. Pass it on to everything that waits. */
  readonly signal: AbortSignal;
}

/** Values of a stage that `expect`, the report and `mortar diff` read. Numbers, strings, booleans, small objects. */
export type Scalars = JsonObject;

export interface MapItem {
  /** Unique in the stage, stable over runs: an instance id, `instance#sample`. */
  readonly key: string;
  /** All that the result depends on besides params and the other inputs; its hash is part of the item's identity. */
  readonly value: Json;
  /** Items of one group stay together and in order (one repository: its sandbox stays warm). */
  readonly group?: string;
}

export type ItemResult =
  | { readonly key: string; readonly ok: true; readonly record: Json }
  | {
      readonly key: string;
      readonly ok: false;
      /** subject: the item's own fault, final. infrastructure: retried. unknown: retried by hand. */
      readonly class: 'subject' | 'infrastructure' | 'unknown';
      readonly code: string;
      readonly message: string;
    };

export interface MapActivity {
  /** Lists the items; cheap, deterministic. */
  items(context: ActivityContext): Promise<MapItem[]>;
  /** Works on some of the items, in any order, yielding each result as it is there. The engine checkpoints what is yielded. */
  process(items: readonly MapItem[], context: ActivityContext): AsyncIterable<ItemResult>;
  /** Writes the outputs from all results (in the order of `items`). Pure assembly: the costly work is in `process`. */
  assemble(results: readonly ItemResult[], context: ActivityContext): Promise<Scalars>;
}

/** A map of more items than fit into memory: one after the other, both in and out. */
export interface StreamedMapActivity extends Pick<MapActivity, 'process'> {
  /** Lists the items; cheap, deterministic. */
  items(context: ActivityContext): AsyncIterable<MapItem>;
  /** Writes the outputs from all results, in the order of `items`. */
  assemble(results: AsyncIterable<ItemResult>, context: ActivityContext): Promise<Scalars>;
}

export interface PlainActivity {
  /**
   * Its work is a matter of seconds and of little memory, so that many stages of it may be worked on together, side by side, by one
   * worker: no models, no sandbox, no training. @default false
   */
  readonly quick?: boolean;
  run(context: ActivityContext): Promise<Scalars>;
}

export type Activity = ActivityDeclaration & {
  /** Where it depends on the params whether the same inputs give the same outputs. @default `deterministic` */
  readonly isDeterministic?: (params: JsonObject) => boolean;
} & (
    | ({ readonly map: true } & MapActivity)
    | ({ readonly map: 'streamed' } & StreamedMapActivity)
    | ({ readonly map?: false } & PlainActivity)
  );

/** Identity with checking: `export default defineActivity({ ... })`. */
export function defineActivity(activity: Activity): Activity {
  return activity;
}
