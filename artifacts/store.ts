/** What the store needs of an object store. Adapter: s3.ts. */
export interface ObjectStore {
  /** Bytes, or undefined where there is no such object. */
  get(key: string): Promise<Buffer | undefined>;
  /** The same, piece by piece: for what need not fit into memory. */
  open(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Writes an object into a local file; false where there is no such object. */
  download(key: string, path: string): Promise<boolean>;
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  /** Puts a local file, in parts where it is large. */
  upload(key: string, path: string): Promise<void>;
  /** One winner among racing writers. False: somebody was first, and nothing was written. */
  putIfAbsent(key: string, bytes: Uint8Array | string): Promise<boolean>;
  /** Bytes with what names this version of them. */
  getTagged(key: string): Promise<TaggedObject | undefined>;
  /** Writes in the place of the version that the tag names. False: another one is there by now, or none. */
  putIfMatch(key: string, bytes: Uint8Array | string, tag: string): Promise<boolean>;
  head(key: string): Promise<ObjectHead | undefined>;
  /** In the order of their keys. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** The next path segments below a prefix that ends in '/'. */
  folders(prefix: string): AsyncIterable<string>;
  delete(key: string): Promise<void>;
  /** Deletes many in a few requests. */
  deleteAll(keys: readonly string[]): Promise<void>;
}

export interface TaggedObject {
  readonly bytes: Buffer;
  readonly tag: string;
  readonly modified: Date;
}

export interface ObjectHead {
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

export interface ListedObject extends ObjectHead {
  readonly key: string;
}
