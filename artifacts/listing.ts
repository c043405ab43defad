import { DigestTable, grown } from './digest-table.js';
import type { ObjectStore } from './store.js';

/** Which objects named by a digest there are in one room, asked for a thousand at a time: for whoever needs thousands of them. */
export class Listing {
  readonly #table = new DigestTable();
  #sizes = new Float64Array(1024);
  /** The last name that was listed, where there are more. */
  #last: string | undefined;

  /** @param most names; beyond them single questions are cheaper */
  static async read(objects: ObjectStore, room: 'blobs/' | 'cache/', most: number): Promise<Listing> {
    const listing = new Listing();
    for await (const { key, size } of objects.list(room)) {
      const number = listing.#table.add(key.slice(room.length));
      if (number === listing.#sizes.length) listing.#sizes = grown(listing.#sizes);
      listing.#sizes[number] = size;
      if (listing.#table.size < most) continue;
      listing.#last = key;
      break;
    }
    return listing;
  }

  /** Bytes; undefined: there is no such object. 'unknown': it was not among those listed, and has to be asked for. */
  size(name: string): number | undefined | 'unknown' {
    if (this.#last !== undefined && name > this.#last) return 'unknown';
    const number = this.#table.find(name.slice(name.indexOf('/') + 1));
    return number < 0 ? undefined : this.#sizes[number];
  }
}
