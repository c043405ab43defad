// Generates schemas/records.ts from the JSON Schemas. With --check: fails where the file is out of date.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'schemas');
const records = ['blob', 'manifest', 'checkout', 'environment', 'instance', 'trajectory', 'verdict', 'judgement'];
const missing = records.filter((name) => !readdirSync(folder).includes(`${name}.schema.json`));
if (missing.length > 0) throw new Error(`no schema for: ${missing.join(', ')}`);

const wrapper = {
  $id: 'records',
  title: 'Records',
  type: 'object',
  additionalProperties: false,
  required: records,
  properties: Object.fromEntries(records.map((name) => [name, { $ref: `${name}.schema.json` }])),
};
const text = await compile(wrapper, 'Records', {
  cwd: `${folder}/`,
  bannerComment: '/* Generated from schemas/*.schema.json by `npm run generate`. Do not edit. */',
  style: { singleQuote: true, printWidth: 120 },
});
const target = join(folder, 'records.ts');
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('schemas/records.ts is out of date: run `npm run generate`');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
