import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { recipesOf } from '../../../cli/recipe/recipe-files.js';

const folder = mkdtempSync(join(tmpdir(), 'mortar-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('of a folder all recipes are found, and other YAML is passed over', () => {
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'none'));
  writeFileSync(join(folder, 'z.yaml'), '# first\nmortar: 1\n');
  writeFileSync(join(folder, 'a/b/deep.yml'), 'mortar: 1\n');
  writeFileSync(join(folder, 'a/compose.yaml'), 'services: { mortar: 1 }\n');
  writeFileSync(join(folder, 'a/notes.txt'), 'mortar: 1\n');
  writeFileSync(join(folder, 'node_modules/x.yaml'), 'mortar: 1\n');
  expect(recipesOf([folder])).toEqual({ files: [join(folder, 'a/b/deep.yml'), join(folder, 'z.yaml')], passed: 1 });
  expect(recipesOf([join(folder, 'z.yaml'), folder]).files).toHaveLength(2);
  expect(() => recipesOf([join(folder, 'none')])).toThrow(/no recipe in/);
});

test('a file that is named is a recipe, whatever it says', () => {
  expect(recipesOf(['anything.yaml'])).toEqual({ files: ['anything.yaml'], passed: 0 });
});
