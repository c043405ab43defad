import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Inputs, InputSource } from '../../activities/activity.js';
import { hexOf } from '../../artifacts/digest.js';
import { appearWhole } from '../../artifacts/local-cache.js';
import { jsonLines } from '../../artifacts/json-lines.js';
import type { Store } from '../../artifacts/open.js';
import { hubFile } from '../../hub/data-set.js';
import type { ModelInput } from '../../models/model.js';
import { UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import { isReference } from '../../recipe/paths.js';
import { plainValue, readReference } from '../environment.js';
import type { OrderInput, WorkOrder } from '../orders/order.js';
import type { StageLog } from './stage-log.js';

/** What a stage reads, from the store or through this worker's copies. */
export class StageInputs implements Inputs {
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
