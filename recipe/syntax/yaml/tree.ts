import type { Json } from '../../json.js';

export type Path = readonly (string | number)[];

/** The values of a YAML file with the places they stand at. */
export interface YamlTree {
  readonly data: Json;
  /** The deepest part of the path that exists, or with `key` the key that leads to it. */
  find(path: Path, key: boolean): Found;
  /** Where each key of an object begins; they are all of its keys, in the order that the data has. */
  keyStarts(path: Path, keys: readonly string[]): number[];
  /** A number as it is written: `3.10`, which is read as 3.1. */
  writtenNumber(path: Path): string | undefined;
  /** Numbers that end in a zero behind a point, as they are written. */
  writtenNumbers(): { readonly path: Path; readonly written: string }[];
}

/** Offsets in the text; the end is exclusive. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** Text of the value, where it is a scalar. */
  readonly scalar?: string;
  /** A list or an object, which may go over many lines. */
  readonly collection: boolean;
}

/** Of a text that was refused unread. */
export const emptyTree: YamlTree = {
  data: null,
  find: () => ({ start: 0, end: 0, collection: false }),
  keyStarts: (_, keys) => keys.map(() => 0),
  writtenNumber: () => undefined,
  writtenNumbers: () => [],
};
