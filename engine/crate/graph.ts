import type { Json } from '../../recipe/json.js';

export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: unknown;
}

export interface Reference {
  readonly '@id': string;
}

/** The entities of a crate, each once. */
export class Graph {
  readonly #entities = new Map<string, Entity>();

  /** Gives a reference to it. What was added before under the id stays. */
  add(entity: Entity): Reference {
    const id = entity['@id'];
    if (!this.#entities.has(id)) this.#entities.set(id, entity);
    return { '@id': id };
  }

  has(id: string): boolean {
    return this.#entities.has(id);
  }

  toJson(): Json {
    const document = {
      '@context': [
        'https://w3id.org/ro/crate/1.1/context',
        // The one term of the run profiles that is used, written out: there is less to fetch for whoever reads it.
        { sha256: 'https://w3id.org/ro/terms/workflow-run#sha256' },
      ],
      '@graph': [...this.#entities.values()],
    };
    return JSON.parse(JSON.stringify(document)) as Json;
  }
}

/** A path in the crate as an id: each step encoded, as URIs have it. */
export function pathId(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** An id inside the metadata, for what is no file. */
export function localId(kind: string, name: string): string {
  return `#${kind}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** To the second, as the run profiles ask for. */
export function timeOf(iso: string): string {
  return iso.replace(/\.\d+Z$/, '+00:00');
}

/** One reference is written as it is, several as a list; undefined where there are none, which leaves the property out. */
export function oneOrMany(references: readonly Reference[]): Reference | readonly Reference[] | undefined {
  const [only, ...others] = references;
  return others.length === 0 ? only : references;
}
