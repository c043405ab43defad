import { digestOf } from './canonical.js';
import type { Json, JsonObject } from './json.js';
import type { ModelReference } from './model-reference.js';

/**
 * All that decides whether two executions are the same work. Item order, concurrency, queue, retry and timeout are policy and
 * are not in it.
 */
export interface KeyDocument {
  readonly mortar: 1;
  readonly activity: string;
  readonly version: number;
  /** Digest of the code of an activity that is not Mortar's own: another code is other work, without another version. */
  readonly code?: string;
  readonly with: JsonObject;
  /** By input name. An optional input that was not given has no entry: its absence is part of the key. */
  readonly inputs: Readonly<Record<string, readonly KeyInput[]>>;
  /** Digest of what the work runs in: image digest, lock hash, root and interpreter of a sandbox; null where it has none. */
  readonly environment: Json;
  /** Of `run --fresh STAGE`: asks for the same work once more. */
  readonly nonce?: string;
}

export type KeyInput = {
  /** Manifest digest of an artifact, digest of a file. */
  readonly digest?: string;
  readonly model?: KeyModel;
  /** Key of the foreach that made it; left out where empty. */
  readonly key?: string;
};

/** A model as it is asked for: never where it answers. */
export type KeyModel =
  | { readonly scripted: string }
  | { readonly model: string; readonly revision: string | null }
  | { readonly hub: string; readonly revision: string | null; readonly max_length: number | null }
  | { readonly weights: string; readonly max_length: number | null };

export interface KeyParts {
  readonly activity: string;
  readonly version: number;
  readonly code?: string;
  readonly with: JsonObject;
  readonly inputs: Readonly<Record<string, readonly KeyInput[]>>;
  readonly environment?: Json;
  readonly nonce?: string;
}

/** The key document of a stage, with empty foreach keys and undefined members left out. */
export function keyDocument(parts: KeyParts): KeyDocument {
  return {
    mortar: 1,
    activity: parts.activity,
    version: parts.version,
    ...(parts.code === undefined ? {} : { code: parts.code }),
    with: parts.with,
    inputs: Object.fromEntries(
      Object.entries(parts.inputs).map(([name, sources]) => [
        name,
        sources.map((source) => ({
          ...(source.digest === undefined ? {} : { digest: source.digest }),
          ...(source.model === undefined ? {} : { model: source.model }),
          ...(source.key ? { key: source.key } : {}),
        })),
      ]),
    ),
    environment: parts.environment ?? null,
    ...(parts.nonce === undefined ? {} : { nonce: parts.nonce }),
  };
}

/** `sha256:<hex>` over the canonical JSON of the document. */
export function keyOf(document: KeyDocument): string {
  return digestOf(document);
}

/** What a key says of a model; of weights the digest, or what stands in its place while there is none. */
export function keyModel(
  model: ModelReference | { readonly kind: 'weights'; readonly digest: string; readonly serve: JsonObject },
): KeyModel {
  switch (model.kind) {
    case 'scripted':
      return { scripted: model.name };
    case 'endpoint':
      return { model: model.model, revision: model.revision ?? null };
    case 'hub':
      return { hub: model.hub, revision: model.revision ?? null, max_length: servedLength(model.serve) };
    case 'weights':
      return { weights: model.digest, max_length: servedLength(model.serve) };
  }
}

/** Context length of `serve`: the one serving option that changes what a model answers. */
function servedLength(serve: JsonObject): number | null {
  return typeof serve.max_length === 'number' ? serve.max_length : null;
}
