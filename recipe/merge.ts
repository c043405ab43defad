import { copyOf } from './copy.js';
import type { Json, JsonObject } from './json.js';

/** Objects merge deeply, anything else replaces. `wrote` hears the path of each value that the layer sets. */
export function deepMerge(
  base: Json | undefined,
  layer: Json,
  wrote: (path: readonly string[]) => void = () => {},
  path: readonly string[] = [],
): Json {
  if (isObject(layer) && (isObject(base) || (base === undefined && Object.keys(layer).length > 0))) {
    const result: JsonObject = { ...base };
    for (const [name, value] of Object.entries(layer))
      result[name] = deepMerge(base && own(base, name), value, wrote, [...path, name]);
    return result;
  }
  wrote(path);
  return copyOf(layer);
}

/** `a.b.c` and a value as a nested object. */
export function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
}

/** A member, but none that every object has: recipes name things as they like. */
export function own<Value>(members: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
