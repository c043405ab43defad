import type { ModuleDeclarations } from '../modules/loaded-modules.js';

/** All that a plan was made from, so that it can be made again with other values: a blob that the run's record names. */
export interface RecipeSource {
  readonly mortar: 1;
  readonly file: string;
  readonly text: string;
  readonly profile?: string;
  readonly set: readonly string[];
  readonly targets?: readonly string[];
  readonly fresh?: { readonly stages: readonly string[]; readonly nonce: string };
  readonly only?: readonly { readonly stage: string; readonly set: readonly string[] }[];
  /** Text of every other file that was read, null where there was none. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** Digest of every file that a param names, null where there was none. */
  readonly digests: Readonly<Record<string, string | null>>;
  /** Activities from modules, each with the digest of the code that it had. */
  readonly modules?: ModuleDeclarations;
}
