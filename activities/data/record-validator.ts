import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from '../../recipe/json.js';
import type { Records } from '../../schemas/records.js';

export type RecordKind = keyof Records;

/** Checks values against a record schema: null where one fits, else what is wrong in words. */
export async function recordValidator(kind: RecordKind): Promise<(value: Json) => string | null> {
  const folder = schemasFolder();
  const read = async (name: string): Promise<object> =>
    JSON.parse(await readFile(join(folder, `${name}.schema.json`), 'utf8')) as object;
  const ajv = new Ajv2020({ allErrors: false });
  for (const name of new Set(['blob', 'checkout', kind])) ajv.addSchema(await read(name));
  const validate = ajv.getSchema(`${kind}.schema.json`);
  if (validate === undefined) throw new Error(`no schema of ${kind}`);
  return (value) => {
    if (validate(value) === true) return null;
    const error = validate.errors?.[0];
    if (error === undefined) return 'it does not fit its schema';
    const where = error.instancePath === '' ? 'the record' : error.instancePath.slice(1).replaceAll('/', '.');
    const params = Object.values(error.params as Record<string, unknown>).filter(
      (one) => typeof one === 'string' || Array.isArray(one),
    );
    return `${where} ${error.message ?? 'is wrong'}${params.length > 0 ? ` (${params.map(String).join(', ')})` : ''}`;
  };
}

/** Upwards from this file: it runs from the checkout and from `dist/` alike. */
function schemasFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'schemas', 'blob.schema.json'))) return join(folder, 'schemas');
    if (dirname(folder) === folder) throw new Error(`schemas/ was not found above ${start}`);
  }
}
