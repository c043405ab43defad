import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the smallest recipe that can be held: one stage, which imports an empty list and expects `params.least` records of it.
 * @returns the recipe's path
 */
export function writeGateRecipe(folder: string, name: string): string {
  writeFileSync(join(folder, 'verdicts.jsonl'), '');
  const recipe = join(folder, `${name}.yaml`);
  writeFileSync(
    recipe,
    `mortar: 1
name: ${name}
params:
  list: { type: file, default: verdicts.jsonl }
  least: { type: integer, default: 0 }
stages:
  verdicts:
    uses: data/import
    inputs: { file: params.list }
    with: { kind: verdicts }
    expect: outputs.records >= params.least
`,
  );
  return recipe;
}
