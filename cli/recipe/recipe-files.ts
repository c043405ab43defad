import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../recipe/errors.js';

const passedOver = new Set(['node_modules', '.git', '.venv', 'dist']);

/**
 * Recipes named on the command line; of a folder, all recipes in it: YAML files that say `mortar:` at the top. Other YAML is passed over.
 * @throws UserError `no-recipes` where a folder has none
 */
export function recipesOf(paths: readonly string[]): { readonly files: string[]; readonly passed: number } {
  const files: string[] = [];
  let passed = 0;
  for (const path of paths) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      files.push(path);
      continue;
    }
    const yaml = yamlFiles(path);
    const recipes = yaml.filter((file) => /^\uFEFF?mortar\s*:/m.test(readFileSync(file, 'utf8')));
    if (recipes.length === 0)
      throw new UserError(
        'no-recipes',
        `There is no recipe in \`${path}\`: no YAML file in it has \`mortar:\` at the top. \`mortar init\` writes one.`,
      );
    files.push(...recipes);
    passed += yaml.length - recipes.length;
  }
  return { files: [...new Set(files)], passed };
}

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : yamlFiles(path);
      return entry.isFile() && /\.ya?ml$/.test(entry.name) ? [path] : [];
    });
}
