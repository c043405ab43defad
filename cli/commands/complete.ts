import { Argument, type Command } from 'commander';
import { shells, type Shell } from '../completion/scripts.js';
import { examples } from '../examples.js';
import type { OpenProgram } from '../open-program.js';
import { print } from '../output.js';

/** What a completion script asks: candidates for the last word, a line each. Silent whatever goes wrong. */
export function register(program: Command, open: OpenProgram): void {
  const command = program
    .command('complete', { hidden: true })
    .description('Answer the script of `mortar completion`.')
    .addArgument(new Argument('<shell>', 'who asks').choices(shells))
    .argument('<word...>', 'the words up to the cursor, the program first; of bash the line as one')
    .action(async (shell: Shell, given: string[]) => {
      const [{ complete }, { answer }, { splitLine }] = await Promise.all([
        import('../completion/complete.js'),
        import('../completion/answer.js'),
        import('../completion/split-line.js'),
      ]);
      const words = shell === 'bash' ? splitLine(given[0] ?? '') : given;
      try {
        const found = await complete(words.slice(1), open);
        const lines = answer(shell, words[words.length - 1] ?? '', found, process.env['MORTAR_WORDBREAKS']);
        if (lines.length > 0) print(lines.join('\n'));
      } catch {
        // Nothing is offered; a message would stand in the middle of the line that is being typed.
      }
      // A store that does not answer would keep the process, and whoever pressed Tab, waiting.
      process.stdout.write('', () => process.exit(0));
    });
  examples(command, 'mortar complete fish -- mortar run recipes/');
}
