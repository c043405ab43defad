import { Command } from 'commander';
import { commands } from './command-table.js';
import { examples } from './examples.js';
import { programVersion } from './program-version.js';

/**
 * The command line as a whole.
 * @param wanted commands whose modules are loaded; of the others the program knows name and summary
 */
export async function createProgram(wanted: (name: string) => boolean = () => true): Promise<Command> {
  const program = new Command('mortar')
    .description('Durable recipes for building software-engineering agents the SWE-Lego way.')
    .version(programVersion(), '-V, --version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false });
  examples(program, 'mortar init reviews', 'mortar run reviews/recipe.yaml', 'mortar status latest').addHelpText(
    'after',
    '\nExit codes: 0 ok, 1 run failed, 2 usage or invalid recipe, 3 service unreachable, 4 cancelled, 130 interrupted.',
  );
  for (const { name, summary, load, hidden = false } of commands) {
    if (wanted(name)) (await load()).register(program, createProgram);
    else program.command(name, { hidden }).description(summary).allowUnknownOption();
  }
  // Subcommands made before exitOverride was inherited need it as well.
  for (const command of everyCommand(program)) command.exitOverride().showHelpAfterError('(add --help for usage)');
  return program;
}

/** All commands below one, subcommands included. */
export function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}
