import type { Command } from 'commander';

/** Adds lines to try to a command's help: each one is parsed by a test, so that none is out of date. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
  );
}
