import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { readFileSync } from 'node:fs';
import { recipeFiles } from '../../cli/recipe/read-recipe.js';
import { planRecipe } from '../../recipe/check/check.js';

const folder = fileURLToPath(new URL('../../recipes/ablations', import.meta.url));

/** Cells of the matrix by activity: how often each is planned. */
function counts(name: string): Record<string, number> {
  const file = join(folder, `${name}.yaml`);
  const { plan } = planRecipe({
    file,
    text: readFileSync(file, 'utf8'),
    ...recipeFiles,
    activities,
    profile: 'tiny',
  });
  const found: Record<string, number> = {};
  for (const { activity } of plan.nodes) found[activity] = (found[activity] ?? 0) + 1;
  return found;
}

test('eighteen cells of refined-sft share one validation and one set of demonstrations', () => {
  expect(counts('refined-sft')).toMatchObject({
    'validate/run-tests': 1,
    'data/inject-bugs': 1,
    'sft/mask-errors': 2,
    'sft/pretrain': 3,
    'report/score': 18,
    'report/compare': 1,
    'report/write': 1,
  });
});

test('the readouts of test-time scaling are read out of three runs, one for each seed', () => {
  expect(counts('test-time-scaling')).toMatchObject({
    'validate/run-tests': 1,
    'tts/train-verifier': 6,
    'tts/judge': 6,
    'report/score': 3,
    'report/compare': 1,
  });
});
