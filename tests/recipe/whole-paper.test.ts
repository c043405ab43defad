import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { recipeFiles } from '../../cli/recipe/read-recipe.js';
import { checkRecipe } from '../../recipe/check/check.js';

/** What the language was made to say: the paper in one recipe, and an ablation that extends it. */
const folder = fileURLToPath(new URL('../fixtures/whole-paper', import.meta.url));

function check(name: string, profile?: string): ReturnType<typeof checkRecipe> {
  const file = join(folder, name);
  const text = readFileSync(file, 'utf8');
  return checkRecipe({ file, text, ...recipeFiles, activities, ...(profile === undefined ? {} : { profile }) });
}

function counts(name: string, profile: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { activity } of check(name, profile).plan?.nodes ?? []) found[activity] = (found[activity] ?? 0) + 1;
  return found;
}

describe.each(['swe-lego.yaml', 'ablations/refined-sft.yaml'])('%s', (name) => {
  test('has nothing to be told in its tiny profile, which is the default', () => {
    expect(check(name, 'tiny').diagnostics).toEqual([]);
    expect(check(name).plan?.nodes.length).toBe(check(name, 'tiny').plan?.nodes.length);
  });

  test.each(['qwen3-8b', 'qwen3-32b'])('warns of unpinned references alone under %s', (profile) => {
    const { diagnostics, plan } = check(name, profile);
    expect(plan).toBeDefined();
    expect(new Set(diagnostics.map(({ severity, code }) => `${severity} ${code}`))).toEqual(
      new Set(['warning unpinned-reference']),
    );
    expect(diagnostics.length).toBeLessThanOrEqual(3);
  });
});

test('real and synthetic tasks meet in the paper: fixes have their environments, sealing and tests', () => {
  const { plan } = check('swe-lego.yaml', 'tiny');
  const inputs = (id: string, input: string): string[] =>
    (plan?.nodes.find((node) => node.id === id)?.inputs[input] ?? []).flatMap((source) =>
      source.from === 'node' ? [`${plan?.nodes[source.node]?.id}.${source.output}`] : [],
    );
  expect(inputs('environments', 'checkouts')).toEqual(['sources.checkouts', 'fixes.checkouts']);
  expect(inputs('seal', 'instances')).toEqual(['bugs.instances', 'fixes.instances']);
  expect(plan?.nodes.find(({ id }) => id === 'fixes')?.with['from']).toBe('releases');
  expect(plan?.pruned.map(({ id }) => id)).toEqual(['benchmark']);
});

test('the eighteen cells of refined-sft share all that is before training', () => {
  expect(counts('ablations/refined-sft.yaml', 'tiny')).toEqual({
    'data/collect': 1,
    'data/mine-fixes': 1,
    'data/build-environments': 1,
    'data/inject-bugs': 1,
    'validate/seal-history': 1,
    'validate/run-tests': 1,
    'data/write-issues': 1,
    'data/split': 1,
    // Demonstrations; the base models of three seeds; eighteen policies, sampled and greedy.
    'agent/rollout': 1 + 3 + 18 + 18,
    'validate/grade': 1 + 3 + 18 + 18,
    'data/label': 1,
    'data/select': 1,
    'sft/mask-errors': 2,
    'sft/pretrain': 3,
    // One, three and two phases, for two maskings and three seeds.
    'sft/train': (1 + 3 + 2) * 2 * 3,
    'report/score': 18,
    'report/compare': 1,
    'report/write': 1,
  });
});
