import type { ActivityModules } from '../planning/activity-modules.js';
import type { ActivityDeclaration } from '../declaration.js';

export interface CheckRequest {
  /** Path of the recipe as it is shown in diagnostics; other files are found beside it. */
  readonly file: string;
  readonly text: string;
  /** Text of a file (a recipe that is extended, a part), null where there is none. */
  readonly readText: (path: string) => string | null;
  /** `sha256:<hex>` of a file's bytes, null where there is none. */
  readonly readFileDigest: (path: string) => string | null;
  readonly activities: readonly ActivityDeclaration[];
  /** Activities of modules from elsewhere; without it a recipe can use none. */
  readonly modules?: ActivityModules;
  readonly profile?: string;
  /** Values over all others: `sft.learning_rate=1e-4`. */
  readonly set?: readonly string[];
  /** Stages to plan with all that they need, in the place of the recipe's own `targets`. */
  readonly targets?: readonly string[];
  /** Stages to be worked on once more though they are in the cache. The nonce is recorded with the request. */
  readonly fresh?: { readonly stages: readonly string[]; readonly nonce: string };
  /** Values for one stage only, by its address: over those of `set`. */
  readonly only?: readonly { readonly stage: string; readonly set: readonly string[] }[];
}
