import { createHash } from 'node:crypto';

/**
 * JSON with one spelling (RFC 8785): keys sorted by UTF-16 code units, no spaces, numbers as ECMAScript prints them.
 * Members that are undefined are left out, as in JSON.stringify.
 * @throws TypeError for what JSON cannot say: NaN, infinities, functions, lone surrogates, cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

/** `sha256:<64 hexadecimal digits>` of bytes, or of the UTF-8 of a string. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** `sha256:<hex>` of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

function write(value: unknown, above: readonly object[]): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
      return JSON.stringify(value);
    case 'string':
      if (/[\ud800-\udfff]/u.test(value)) throw new TypeError('canonical JSON has no lone surrogates');
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, above);
    case 'undefined':
    case 'bigint':
    case 'function':
    case 'symbol':
      throw new TypeError(`canonical JSON has no ${typeof value}`);
  }
}

function writeObject(value: object, above: readonly object[]): string {
  if (above.includes(value)) throw new TypeError('canonical JSON has no cycles');
  const path = [...above, value];
  if (Array.isArray(value)) return `[${value.map((entry: unknown) => write(entry, path)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([name, entry]) => `${write(name, path)}:${write(entry, path)}`);
  return `{${members.join(',')}}`;
}
