import crypto from 'node:crypto';

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
  return `sha256:${hexadecimal(content)}`;
}

/** In one call where Node has it (20.12): a large plan takes 200,000 hashes, and an object for each is what takes time. */
const hexadecimal: (content: string | Uint8Array) => string =
  typeof crypto.hash === 'function'
    ? (content) => crypto.hash('sha256', content, 'hex')
    : (content) => crypto.createHash('sha256').update(content).digest('hex');

/** `sha256:<hex>` of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

function write(value: unknown, above: object[]): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
      return JSON.stringify(value);
    case 'string':
      if (!value.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogates');
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

function writeObject(value: object, above: object[]): string {
  if (above.includes(value)) throw new TypeError('canonical JSON has no cycles');
  above.push(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const entry of value as unknown[]) text += `${text === '' ? '' : ','}${write(entry, above)}`;
    above.pop();
    return `[${text}]`;
  }
  const members = value as { readonly [name: string]: unknown };
  const names = Object.keys(members);
  if (names.length > 1) names.sort();
  for (const name of names) {
    const entry = members[name];
    if (entry !== undefined) text += `${text === '' ? '' : ','}${write(name, above)}:${write(entry, above)}`;
  }
  above.pop();
  return `{${text}}`;
}
