import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { recipeFiles } from '../../cli/recipe/read-recipe.js';
import { writeStarter } from '../../cli/starter.js';
import { withModules } from '../../cli/recipe/with-modules.js';
import { checkRecipe } from '../../recipe/check/check.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let above: string;
let folder: string;

beforeAll(() => {
  above = mkdtempSync(join(tmpdir(), 'mortar-init-'));
  process.env['MORTAR_CACHE'] = join(above, 'cache');
});
afterAll(() => {
  delete process.env['MORTAR_CACHE'];
  rmSync(above, { recursive: true, force: true });
});
beforeEach(() => {
  folder = join(mkdtempSync(join(above, 'one-')), 'reviews of mine');
});

function schemaOf(recipe: string): string {
  const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(recipe, 'utf8')) ?? [];
  return resolve(dirname(recipe), path);
}

test('a starter has no findings, and its first line leads to the schema', async () => {
  const paths = writeStarter(folder);
  expect(paths.map((path) => path.replace(`${folder}/`, ''))).toEqual([
    'activities/common-words.ts',
    'data/reviews.jsonl',
    'recipe.yaml',
    'activities/tsconfig.json',
  ]);
  const file = join(folder, 'recipe.yaml');
  expect(readFileSync(schemaOf(file), 'utf8')).toBe(readFileSync(join(root, 'schemas/editor.schema.json'), 'utf8'));
  const request = { file, text: readFileSync(file, 'utf8'), ...recipeFiles, activities };
  const { result } = await withModules([request], ([whole = request]) => checkRecipe(whole));
  expect(result.diagnostics).toEqual([]);
  expect(result.plan?.name).toBe('reviews-of-mine');
  expect(result.plan?.nodes.map(({ id, activity }) => `${id} ${activity}`)).toEqual([
    'good command',
    'words reviews/common-words',
    'page command',
  ]);
});

test('where Mortar is installed above, the schema is found through node_modules', () => {
  mkdirSync(join(dirname(folder), 'node_modules'));
  symlinkSync(root, join(dirname(folder), 'node_modules', 'mortar'));
  writeStarter(folder);
  expect(readFileSync(join(folder, 'recipe.yaml'), 'utf8')).toMatch(
    /\$schema=\.\.\/node_modules\/mortar\/schemas\/editor\.schema\.json\n/,
  );
  expect(existsSync(schemaOf(join(folder, 'recipe.yaml')))).toBe(true);
});

test('what is there is not overwritten, and nothing is written beside it', () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'recipe.yaml'), 'mine');
  expect(() => writeStarter(folder)).toThrow(/recipe\.yaml is there already, so nothing was written/);
  expect(existsSync(join(folder, 'data'))).toBe(false);
  expect(readFileSync(join(folder, 'recipe.yaml'), 'utf8')).toBe('mine');
  expect(() => writeStarter(join(folder, 'recipe.yaml'))).toThrow(/is a file/);
});

test('an editor knows the types of an activity: a mistake in one is found', { timeout: 120_000 }, async () => {
  writeStarter(folder);
  const compile = async (): Promise<string> => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    try {
      await promisify(execFile)(process.execPath, [compiler, '--project', join(folder, 'activities')]);
      return '';
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(await compile()).toBe('');
  const module = join(folder, 'activities', 'common-words.ts');
  writeFileSync(module, readFileSync(module, 'utf8').replace("log('info'", "log('loud'"));
  expect(await compile()).toContain('"loud"');
});
