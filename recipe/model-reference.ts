import type { Json, JsonObject } from './json.js';

/** A model that no stage makes, as a recipe asks for it. */
export type ModelReference =
  | { readonly kind: 'scripted'; readonly name: string }
  | {
      readonly kind: 'endpoint';
      readonly model: string;
      readonly revision?: string;
      readonly url: Json;
      readonly key?: Json;
    }
  | { readonly kind: 'hub'; readonly hub: string; readonly revision?: string; readonly serve: JsonObject };
