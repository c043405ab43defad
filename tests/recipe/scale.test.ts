import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../recipe/index.js';

/** Against regressions of order only: both times are of the same run, so the speed of the machine does not matter. */
describe('planning time grows in proportion to the stages', () => {
  test.each([
    ['that are written out', writtenOut],
    ['that are written out from the last to the first', (stages: number) => writtenOut(stages, true)],
    ['of a foreach', foreach],
    ['of a matrix', matrix],
  ] as const)('%s', (_, recipe) => {
    seconds(recipe, 400);
    const small = Math.min(seconds(recipe, 400), seconds(recipe, 400));
    // The first one is also when code is compiled that the small ones were too short for.
    const large = Math.min(seconds(recipe, 4000), seconds(recipe, 4000));
    // In proportion it is 10; what compares all stages with all others is at 50 and more.
    expect(large / small).toBeLessThan(25);
  });
});

function writtenOut(stages: number, reversed = false): string {
  const lines = Array.from({ length: stages }, (_, index) =>
    [
      `  s${index}:`,
      '    uses: bench/step',
      ...(index === 0 ? [] : [`    inputs: { after: s${index - 1}.out }`]),
      `    with: { seed: ${index} }`,
    ].join('\n'),
  );
  if (reversed) lines.reverse();
  return `mortar: 1\nname: scale\nstages:\n${lines.join('\n')}\n`;
}

function foreach(stages: number): string {
  const entries = Array.from({ length: stages / 2 }, (_, entry) => entry).join(', ');
  return `mortar: 1
name: scale
params:
  entries: { type: array, default: [${entries}] }
stages:
  a: { foreach: '\${{ params.entries }}', uses: bench/step, with: { seed: '\${{ foreach.value }}' } }
  b: { foreach: '\${{ params.entries }}', uses: bench/step, inputs: { after: 'a[foreach.key].out' } }
`;
}

function matrix(stages: number): string {
  const seeds = Array.from({ length: stages / 2 }, (_, seed) => seed).join(', ');
  return `mortar: 1
name: scale
params:
  seed: { type: integer, default: 0 }
matrix:
  seed: [${seeds}]
stages:
  a: { uses: bench/step, with: { seed: '\${{ params.seed }}' } }
  b: { uses: bench/step, inputs: { after: a.out } }
`;
}

function seconds(recipe: (stages: number) => string, stages: number): number {
  const text = recipe(stages);
  // Of the processor, as others may be at work on the machine.
  const started = process.cpuUsage();
  const { plan } = checkRecipe({
    file: 'scale.yaml',
    text,
    readText: () => null,
    readFileDigest: () => null,
    activities: [
      {
        name: 'bench/step',
        version: 1,
        summary: '',
        queue: 'cpu',
        inputs: { after: { kind: 'any', optional: true } },
        outputs: { out: { kind: 'text' } },
        params: { type: 'object', properties: { seed: { type: 'integer' } }, additionalProperties: false },
      },
    ],
  });
  const { user, system } = process.cpuUsage(started);
  expect(plan?.nodes).toHaveLength(stages);
  return (user + system) / 1e6;
}
