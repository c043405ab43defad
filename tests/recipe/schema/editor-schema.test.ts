import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { activities } from '../../../activities/registry.js';
import { type Schema, orExpression } from '../../../recipe/schema/editor-values.js';
import { editorSchema } from '../../../recipe/schema/editor-schema.js';
import { validateSchema } from '../../../recipe/schema/validate.js';

const schemas = new URL('../../../schemas/', import.meta.url);
const read = (name: string): Schema => JSON.parse(readFileSync(new URL(name, schemas), 'utf8')) as Schema;
const published = read('editor.schema.json');

test('the published schema is what the recipe schema and the activities give (npm run generate)', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(editorSchema(read('recipe.schema.json'), activities))));
});

test('the published schema stays small enough for an editor to load at once', () => {
  expect(statSync(new URL('editor.schema.json', schemas)).size).toBeLessThan(256 * 1024);
});

function findings(stage: Schema): string[] {
  const recipe = { mortar: 1, name: 'a', stages: { one: stage } };
  return validateSchema(published, recipe as never, 'a recipe').map(({ path }) => path.join('.'));
}

const split = { uses: 'data/split', inputs: { instances: 'issues.instances' } };

test('an expression may stand for a value of any type, at any depth', () => {
  expect(findings({ ...split, with: { seed: '${{ params.seed }}', test: ['${{ params.one }}'] } })).toEqual([]);
  expect(findings({ ...split, with: { seed: 'seventeen' } })).toEqual(['stages.one.with.seed']);
});

test('activities of other packages, files and parts are let through; a mistake in one of our rooms is not', () => {
  for (const uses of ['part/attempt', './activities/mine.ts', './other.yaml', 'package-name/activity'])
    expect(findings({ uses, with: { anything: 1 } })).toEqual([]);
  expect(findings({ uses: 'data/splt' })).toContain('stages.one.uses');
});

test('a missing input and an unknown one are findings', () => {
  expect(findings({ ...split, inputs: {} })).toEqual(['stages.one.inputs']);
  expect(findings({ ...split, inputs: { instances: 'a.b', more: 'a.c' } })).toEqual(['stages.one.inputs.more']);
});

test('a value that takes any text needs no alternative', () => {
  expect(orExpression({ type: 'string', description: 'Name.' })).toEqual({ type: 'string', description: 'Name.' });
});
