import type { Blob, Manifest } from '../schemas/records.js';
import { hexOf } from './digest.js';
import { collectBlobs, blobsOf } from './manifests.js';
import { ItemSegments } from './item-segments.js';
import type { StageResult } from './stage-cache.js';
import type { ObjectStore } from './store.js';
import { nameOf } from './blobs.js';

/** Records: what they mention stays. */
const ROOTS = ['runs/', 'schedules/'] as const;
const DIGEST = /sha256:[0-9a-f]{64}/g;
/** What a run's record names is looked into for further names (a plan names files) up to this size. */
const LARGEST_DOCUMENT = 64 * 1024 * 1024;
const WIDTH = 16;

/** Names of all objects that something still needs. */
export class Reachable {
  readonly #names = new Set<string>();
  readonly #manifests = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #maps = new Set<string>();

  constructor(private readonly objects: ObjectStore) {}

  has(name: string): boolean {
    const [room = '', hex = ''] = name.split('/');
    switch (room) {
      case 'keys':
      case 'cache':
      case 'stages':
      case 'logs':
        return this.#keys.has(hex);
      case 'items':
        return this.#maps.has(hex);
      default:
        return this.#names.has(name);
    }
  }

  /**
   * Roots are all that records of runs and schedules mention: plans, recipes, files, keys, outputs. A digest in them may be a key or a blob; both are kept.
   * @param spare cache entries that stay although no run mentions them: they are too young
   */
  static async mark(objects: ObjectStore, spare: Iterable<string>): Promise<Reachable> {
    const reachable = new Reachable(objects);
    const mentioned = new Set<string>();
    for (const room of ROOTS)
      await each(objects.list(room), async ({ key }) => {
        const text = (await objects.get(key))?.toString('utf8') ?? '';
        for (const [digest] of text.matchAll(DIGEST)) mentioned.add(digest);
      });
    await each(mentioned, (digest) => reachable.#mentioned(digest));
    await each(spare, async (name) => {
      reachable.#keys.add(name.slice('cache/'.length));
    });
    await each([...reachable.#keys], (hex) => reachable.#stage(hex));
    await each([...reachable.#maps], (hex) => reachable.#map(hex));
    return reachable;
  }

  /** Without looking further: what cannot be read now must not be taken for empty, so errors of the store pass through. */
  async #mentioned(digest: string): Promise<void> {
    const hex = hexOf(digest);
    this.#keys.add(hex);
    if (this.#names.has(nameOf(digest)) && this.#manifests.has(digest)) return;
    const head = await this.objects.head(nameOf(digest));
    if (!head) return;
    this.#names.add(nameOf(digest));
    if (head.size > LARGEST_DOCUMENT) return;
    const bytes = await this.objects.get(nameOf(digest));
    if (bytes?.[0] !== 0x7b) return;
    const text = bytes.toString('utf8');
    const manifest = readManifest(text);
    if (manifest) this.#keep(digest, manifest);
    else for (const [named] of text.matchAll(DIGEST)) this.#names.add(nameOf(named));
  }

  /** A stage's result, and the items of its map. */
  async #stage(hex: string): Promise<void> {
    const entry = await this.objects.get(`cache/${hex}`);
    if (entry) {
      const { outputs } = JSON.parse(entry.toString('utf8')) as StageResult;
      for (const { digest } of Object.values(outputs)) await this.#artifact(digest);
    }
    const map = await this.objects.get(mapName(hex));
    if (map) this.#maps.add(hexOf((JSON.parse(map.toString('utf8')) as { mapKey: string }).mapKey));
  }

  async #artifact(digest: string): Promise<void> {
    if (this.#manifests.has(digest)) return;
    this.#names.add(nameOf(digest));
    const bytes = await this.objects.get(nameOf(digest));
    const manifest = bytes && readManifest(bytes.toString('utf8'));
    if (manifest) this.#keep(digest, manifest);
  }

  #keep(digest: string, manifest: Manifest): void {
    this.#manifests.add(digest);
    for (const blob of blobsOf(manifest)) this.#names.add(nameOf(blob.digest));
  }

  async #map(hex: string): Promise<void> {
    const blobs = await new ItemSegments(this.objects, hex).read(
      () => new Map<string, Blob>(),
      (found, item) => collectBlobs(item.result, found),
    );
    for (const digest of blobs.keys()) this.#names.add(nameOf(digest));
  }
}

/** Says which items a stage's map has; kept for as long as the stage is. */
export function mapName(keyHex: string): string {
  return `stages/${keyHex}/map.json`;
}

function readManifest(text: string): Manifest | undefined {
  // Canonical JSON: the names are sorted.
  if (!text.startsWith('{"attachments":')) return undefined;
  const value = JSON.parse(text) as Partial<Manifest>;
  return value.mortar === 1 && value.parts && value.files ? (value as Manifest) : undefined;
}

export async function each<T>(
  values: Iterable<T> | AsyncIterable<T>,
  work: (value: T) => Promise<void>,
): Promise<void> {
  let batch: T[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < WIDTH) continue;
    await Promise.all(batch.map(work));
    batch = [];
  }
  await Promise.all(batch.map(work));
}
