import type { Command } from 'commander';
import { print, say } from '../output.js';
import { examples } from '../examples.js';

/** `mortar init [FOLDER]`: a recipe that runs as it is, to change from there. */
export function register(program: Command): void {
  const command = program
    .command('init')
    .description(
      'Write a recipe to begin with: a program, an activity of your own in TypeScript, and data. Overwrites nothing.',
    )
    .argument('[folder]', 'where to; made where it is not there', '.')
    .action(async (folder: string) => {
      const { writeStarter } = await import('../starter.js');
      for (const path of writeStarter(folder)) print(path);
      const there = folder === '.' ? '' : `cd ${folder} && `;
      say(`Next: ${there}mortar run recipe.yaml`);
    });
  examples(command, 'mortar init', 'mortar init reviews');
}
