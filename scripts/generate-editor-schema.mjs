// Generates schemas/editor.schema.json, what editors complete and check recipes with, from the recipe schema and the activities.
// A unit test (tests/recipe/schema/editor-schema.test.ts) fails where the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
if (build() !== 0) process.exit(1);
const { activities } = await import('../dist/activities/registry.js');
const { editorSchema } = await import('../dist/recipe/schema/editor-schema.js');
const recipeSchema = JSON.parse(readFileSync(join(root, 'schemas', 'recipe.schema.json'), 'utf8'));
const target = join(root, 'schemas', 'editor.schema.json');
const text = JSON.stringify(editorSchema(recipeSchema, activities));
writeFileSync(target, await format(text, { ...(await resolveConfig(target)), filepath: target }));
