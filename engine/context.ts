import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Activity, ActivityContext, Blobs, Inputs, InputSource, Outputs } from '../activities/activity.js';
import { hexOf } from '../artifacts/digest.js';
import { appearWhole } from '../artifacts/local-cache.js';
import { jsonLines } from '../artifacts/json-lines.js';
import type { Store } from '../artifacts/open.js';
import { hubFile } from '../hub/data-set.js';
import type { ModelInput, ModelsPort } from '../models/model.js';
import type { SandboxPort } from '../sandbox/sandbox.js';
import type { TrainerPort } from '../trainer/trainer.js';
import type { Json } from '../recipe/json.js';
import { outputsOf } from '../recipe/declared-outputs.js';
import { UserError } from '../recipe/errors.js';
import { isReference } from '../recipe/paths.js';
import { looksSecret } from '../recipe/secrets.js';
import { declaredNames, readReference } from './environment.js';
import type { OrderInput, WorkOrder } from './order.js';
import { limitedSandbox } from './limited-sandbox.js';
import { lazily, type Ports } from './ports.js';
import { redactedFile, redactedTree } from './redacted-files.js';
import type { Redactor } from './redactor.js';
import { seedOf } from './seed.js';
import type { StageLog } from './stage-log.js';

/** Items worked on at once where the recipe does not say. */
const DEFAULT_CONCURRENCY = 4;

export interface ContextParts {
  readonly order: WorkOrder;
  readonly activity: Activity;
  readonly store: Store;
  readonly ports: Ports;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly log: StageLog;
  readonly redactor: Redactor;
  readonly progress: (done: number, total: number, note?: string) => void;
}

/** An activity's context, and the digests of the outputs that it has written so far. */
export interface OpenContext {
  readonly context: ActivityContext;
  readonly outputs: Map<string, { kind: string; digest: string }>;
  readonly redactor: Redactor;
}

export async function openContext(parts: ContextParts): Promise<OpenContext> {
  const { order, store, ports, environment, log } = parts;
  const hex = hexOf(order.key);
  const directory = scratchOf(store.cache, order.key);
  await mkdir(directory, { recursive: true });
  const declared = declaredNames([order.document.with, order.inputs]);
  const outputs = new Map<string, { kind: string; digest: string }>();
  // The sandbox's adapter is a plain property, so the port itself has to be there; other queues make it only when they use it.
  const sandbox = parts.activity.queue === 'sandbox' ? await ports.sandbox() : lazySandbox(ports);
  const context: ActivityContext = {
    params: order.document.with,
    inputs: new StageInputs(order, store, environment, parts.signal, log),
    outputs: stageOutputs(parts, directory, outputs),
    blobs: stageBlobs(parts, directory),
    sandbox: limitedSandbox(sandbox, order.sandbox),
    models: lazily<ModelsPort>(['open'], () => ports.models()),
    trainer: lazyTrainer(ports),
    directory,
    cache: store.cache,
    name: hex.slice(0, 16),
    concurrency: order.items.concurrency ?? DEFAULT_CONCURRENCY,
    environment: (name) => {
      if (!declared.env.has(name) && !declared.secret.has(name)) {
        throw new UserError(
          'environment-undeclared',
          `Stage ${order.nodeId} asked for the environment variable ${name}, which its recipe does not declare. ` +
            `Declare it as { secret: ${name} } or { env: ${name} } in the stage's \`with\` or its model.`,
        );
      }
      return declared.secret.has(name) ? environment[name] : plainValue(environment, name, order.nodeId);
    },
    seed: (...given) => seedOf(order.document.with['seed'], given),
    progress: parts.progress,
    log: (level, message, fields) => log.write(level, message, fields),
    signal: parts.signal,
  };
  return { context, outputs, redactor: parts.redactor };
}

/** `${cache}/work/<first 16 digits of the key>`: a restarted worker finds what it had. */
export function scratchOf(cache: string, key: string): string {
  return join(cache, 'work', hexOf(key).slice(0, 16));
}

class StageInputs implements Inputs {
  constructor(
    private readonly order: WorkOrder,
    private readonly store: Store,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
    private readonly log: StageLog,
  ) {}

  names(): readonly string[] {
    return Object.keys(this.order.inputs);
  }

  async form(source: InputSource): Promise<'file' | 'files' | 'records'> {
    if (source.kind === 'file' && this.#isFile(source.digest)) return 'file';
    return (await this.store.artifacts.manifest(source.digest)).records === undefined ? 'files' : 'records';
  }

  async path(source: InputSource): Promise<string> {
    const path = source.kind === 'file' ? this.#isFile(source.digest) : undefined;
    if (path !== undefined)
      return isReference(path) ? (await this.#fetched(path)).path : this.store.blobs.file(source.digest);
    return this.store.artifacts.directory(source.digest);
  }

  has(name: string): boolean {
    return (this.order.inputs[name]?.length ?? 0) > 0;
  }

  sources(name: string): readonly InputSource[] {
    return this.#given(name).flatMap((input): InputSource[] => {
      switch (input.from) {
        case 'artifact':
          return [{ key: input.key, kind: input.kind, digest: input.digest }];
        case 'file':
          return [{ key: '', kind: 'file', digest: input.digest }];
        case 'model':
          return [];
      }
    });
  }

  async *records<T>(name: string): AsyncIterable<T> {
    for (const source of this.sources(name)) yield* this.recordsOf<T>(source);
  }

  async all<T>(name: string): Promise<T[]> {
    const records: T[] = [];
    for await (const record of this.records<T>(name)) records.push(record);
    return records;
  }

  async *recordsOf<T>(source: InputSource): AsyncIterable<T> {
    // A file of the recipe is a blob and no artifact: its lines are its records.
    const path = source.kind === 'file' ? this.#isFile(source.digest) : undefined;
    if (path !== undefined) {
      const bytes = isReference(path)
        ? await readFile((await this.#fetched(path)).path)
        : await this.store.blobs.cached(source.digest);
      yield* jsonLines<T>(bytes, `file ${path}`);
    } else yield* this.store.artifacts.records<T>(source.digest);
  }

  async directory(name: string): Promise<string> {
    const [input, ...others] = this.#given(name);
    if (!input || others.length > 0)
      throw new Error(`input ${name} has ${others.length + (input ? 1 : 0)} sources, and a folder has one`);
    switch (input.from) {
      case 'artifact':
        return this.store.artifacts.directory(input.digest);
      case 'file': {
        if (isReference(input.path)) return (await this.#fetched(input.path)).folder;
        const folder = join(this.store.cache, 'files', hexOf(input.digest));
        return appearWhole(folder, async (temporary) => {
          await mkdir(temporary, { recursive: true });
          await copyFile(await this.store.blobs.file(input.digest), join(temporary, basename(input.path)));
        });
      }
      case 'model':
        if (input.model.kind === 'weights') return this.store.artifacts.directory(input.model.digest);
        throw new Error(`input ${name} is a ${input.model.kind} model, which has no files here`);
    }
  }

  model(name: string): ModelInput {
    const [input] = this.#given(name);
    if (!input) throw new Error(`input ${name} was not given`);
    if (input.from === 'file') throw new Error(`input ${name} is the file ${input.path}, not a model`);
    if (input.from === 'artifact') {
      return {
        kind: 'weights',
        digest: input.digest,
        directory: () => this.store.artifacts.directory(input.digest),
        serve: {},
      };
    }
    const { model } = input;
    switch (model.kind) {
      case 'scripted':
        return model;
      case 'hub':
        return { ...model, serve: model.serve };
      case 'weights':
        return {
          kind: 'weights',
          digest: model.digest,
          directory: () => this.store.artifacts.directory(model.digest),
          serve: model.serve,
        };
      case 'endpoint': {
        const url = this.#value(model.url, `the url of model ${model.model}`);
        const key = model.key === undefined ? undefined : this.#value(model.key, `the key of model ${model.model}`);
        return { kind: 'endpoint', model: model.model, revision: model.revision, url, key };
      }
    }
  }

  #value(value: Json, what: string): string {
    if (typeof value === 'string') return value;
    const reference = typeof value === 'object' && value !== null ? readReference(value) : undefined;
    if (!reference)
      throw new UserError(
        'model-value',
        `In stage ${this.order.nodeId}, ${what} is neither a text, { env: NAME } nor { secret: NAME }.`,
      );
    const found =
      reference.kind === 'secret'
        ? this.environment[reference.name]
        : plainValue(this.environment, reference.name, this.order.nodeId);
    if (found) return found;
    throw new UserError(
      'environment-missing',
      `Stage ${this.order.nodeId} needs ${what} from the environment variable ${reference.name}, which is not set on this worker. ` +
        'Set it where `mortar worker` runs, start that again, and `mortar retry` the stage.',
    );
  }

  /** What a reference names, on this worker. */
  async #fetched(reference: string): Promise<{ folder: string; path: string }> {
    if (!/^(hf|hub):/.test(reference))
      throw new UserError(
        'reference-unsupported',
        `Stage ${this.order.nodeId} reads the file ${reference}; files are read from beside the recipe, or from a hub (hf:NAME@REVISION#SPLIT).`,
      );
    const { folder, file } = await hubFile(reference, {
      environment: this.environment,
      cache: this.store.cache,
      signal: this.signal,
      log: (level, message, fields) => this.log.write(level, message, fields),
    });
    return { folder, path: join(folder, file) };
  }

  #given(name: string): readonly OrderInput[] {
    return this.order.inputs[name] ?? [];
  }

  #isFile(digest: string): string | undefined {
    for (const input of Object.values(this.order.inputs).flat())
      if (input.from === 'file' && input.digest === digest) return input.path;
    return undefined;
  }
}

/** What `{ env: NAME }` gives is shown in messages and logs, so it must be nothing that has to be hidden. */
function plainValue(environment: NodeJS.ProcessEnv, name: string, stage: string): string | undefined {
  const value = environment[name];
  if (value === undefined || !looksSecret(value)) return value;
  throw new UserError(
    'environment-secret',
    `The environment variable ${name}, which stage ${stage} reads as { env: ${name} }, holds a credential. Write { secret: ${name} } in the recipe, or take the credential out of it.`,
  );
}

function stageOutputs(
  { activity, store, order, redactor }: ContextParts,
  scratch: string,
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
      const hidden = await redactedTree(directory, join(scratch, 'redacted', name), redactor);
      outputs.set(name, { kind, digest: await store.artifacts.writeTree(kind, hidden) });
    },
  };
}

function stageBlobs({ store: { blobs }, redactor }: ContextParts, scratch: string): Blobs {
  return {
    put: (bytes) => blobs.put(typeof bytes === 'string' ? redactor.text(bytes) : redactor.bytes(bytes)),
    async putFile(path) {
      const hidden = await redactedFile(path, join(scratch, 'redacted', randomUUID()), redactor);
      const blob = await blobs.putFile(hidden);
      if (hidden !== path) await rm(hidden);
      return blob;
    },
    get: (blob) => blobs.get(blob),
    file: (blob) => blobs.file(blob.digest),
  };
}

function lazySandbox(ports: Ports): SandboxPort {
  return {
    ...lazily<SandboxPort>(['describe', 'rootDigest', 'open'], () => ports.sandbox()),
    get adapter(): never {
      throw new Error('only activities of the queue `sandbox` know their sandbox adapter beforehand');
    },
  };
}

function lazyTrainer(ports: Ports): TrainerPort {
  return {
    ...lazily<TrainerPort>(['run'], () => ports.trainer()),
    async *stream(command, input, signal) {
      yield* (await ports.trainer()).stream(command, input, signal);
    },
  };
}
