import type { Json, JsonObject } from '../json.js';
import type { Place } from '../syntax/source.js';

/** A param with its value, the place that gave it, and where each part of it came from. */
export interface Param {
  readonly name: string;
  readonly declaration: JsonObject;
  readonly declared: Place;
  value: Json;
  /** The value is not of the declared type, which has been told. */
  broken?: boolean;
  /** Place of the value as a whole; of the declaration where `--set` gave it. */
  place: Place;
  /** By dotted path below the param ('' is the param itself). */
  readonly from: Map<string, { from: string; place: Place | undefined; file: string }>;
}

export function hasType(param: Param, type: string): boolean {
  const said = param.declaration.type;
  return Array.isArray(said) ? said.includes(type) : said === type;
}
