import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withModules } from '../../cli/recipe/with-modules.js';
import { activities } from '../../activities/registry.js';
import { type CheckRequest, checkProfiles, planRecipe, sha256 } from '../../recipe/index.js';

/** The recipes that are shipped, against the activities that are shipped. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const files = readdirSync(join(root, 'recipes'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();

function request(file: string): CheckRequest {
  const readText = (path: string): string | null =>
    statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ? readFileSync(join(root, path), 'utf8') : null;
  const text = readText(`recipes/${file}`) ?? '';
  return {
    file: `recipes/${file}`,
    text,
    readText,
    activities,
    readFileDigest: (path) => {
      const content = readText(path);
      return content === null ? null : sha256(content);
    },
  };
}

const cache = mkdtempSync(join(tmpdir(), 'mortar-shipped-'));
beforeAll(() => void (process.env['MORTAR_CACHE'] = cache));
afterAll(() => {
  delete process.env['MORTAR_CACHE'];
  rmSync(cache, { recursive: true });
});

describe('shipped recipes', () => {
  test.each(files)('%s has no errors under any of its profiles', async (file) => {
    const { result } = await withModules([request(file)], (requests) => requests.flatMap(checkProfiles));
    expect(result.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('swe-lego is fully resolved in its tiny profile', () => {
    const { plan } = planRecipe({ ...request('swe-lego.yaml'), profile: 'tiny' });
    expect(JSON.stringify(plan)).not.toContain('${{');
    const where = plan.nodes.find(({ id }) => id === 'sft[easy]')?.with.where;
    expect(where).toBe('item.turns <= 4');
    const score = plan.nodes.find(({ id }) => id === 'score');
    expect(score?.inputs.verdicts?.map((input) => (input.from === 'node' ? input.key : ''))).toEqual([
      'base_plain',
      'control',
      'base',
      'sft',
      'greedy',
    ]);
    expect(plan.pruned.map(({ id }) => id)).toEqual(['benchmark', 'fixes']);
  });
});
