import { createHash } from 'node:crypto';
import { canonicalJson } from '../../recipe/canonical.js';
import type { Json } from '../../recipe/json.js';

/** 31 bits of a hash: fits a signed 32-bit integer everywhere, and is never negative. */
export function seedOf(seed: Json | undefined, parts: readonly (string | number)[]): number {
  return (
    createHash('sha256')
      .update(canonicalJson([seed ?? null, ...parts]))
      .digest()
      .readUInt32BE(0) >>> 1
  );
}
