import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { checkRecipe } from '../../recipe/check/check.js';
import { recipeFiles } from '../../cli/recipe/read-recipe.js';
import { withModules } from '../../cli/recipe/with-modules.js';

/**
 * Each yaml example of docs/recipes.md is checked by the real activities, as a file in recipes/ would be. Behind it stands its plan, or
 * what is found in it. After a deliberate change: UPDATE_GOLDEN=1, and read the difference.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const page = join(root, 'docs', 'recipes.md');
const header = 'mortar: 1\nname: example\n';
const examples = /```yaml\n([\s\S]*?)```\n\n```(plan|finding)\n([\s\S]*?)```/g;

const cache = mkdtempSync(join(tmpdir(), 'mortar-docs-'));
beforeAll(() => void (process.env['MORTAR_CACHE'] = cache));
afterAll(() => {
  delete process.env['MORTAR_CACHE'];
  rmSync(cache, { recursive: true });
});

describe('the examples of docs/recipes.md', () => {
  const text = readFileSync(page, 'utf8');
  const found = [...text.matchAll(examples)];
  test('every yaml example is followed by what comes of it', () => {
    expect(found.length).toBeGreaterThan(10);
    expect(text.split('```yaml').length - 1).toBe(found.length);
  });
  let updated = text;
  for (const [whole, recipe = '', , expected = ''] of found) {
    const line = text.slice(0, text.indexOf(whole)).split('\n').length;
    test(`line ${line}`, async () => {
      const [kind, result] = await outcome(recipe);
      if (process.env['UPDATE_GOLDEN']) {
        updated = updated.replace(whole, () => `\`\`\`yaml\n${recipe}\`\`\`\n\n\`\`\`${kind}\n${result}\n\`\`\``);
        writeFileSync(page, updated);
      } else expect(`${result}\n`).toBe(expected);
    });
  }
});

async function outcome(recipe: string): Promise<['plan' | 'finding', string]> {
  const request = {
    file: join(root, 'recipes', 'example.yaml'),
    text: header + recipe,
    ...recipeFiles,
    activities,
    ...(recipe.includes('extends:') ? { profile: 'tiny' } : {}),
  };
  const { result } = await withModules([request], ([whole = request]) => checkRecipe(whole));
  const { diagnostics, plan } = result;
  if (plan && diagnostics.length === 0) return ['plan', wrapped(plan.nodes.map(({ id }) => id))];
  return ['finding', diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`).join('\n')];
}

/** In lines that a page has room for. */
function wrapped(words: readonly string[]): string {
  const lines = [''];
  for (const word of words) {
    const last = lines[lines.length - 1] ?? '';
    if (last.length + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
