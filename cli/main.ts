import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isInfrastructureError, isUserError } from '../recipe/errors.js';
import { commands } from './command-table.js';
import { exitCodeOf, systemFailure } from './exit-codes.js';
import { paint, say } from './output.js';

/** Runs one command line; never throws. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(argv);
    await program.parseAsync([...argv]);
    // Commands that end well but with news (a failed run) say so by process.exitCode.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    complain(error);
    return exitCodeOf(error);
  }
}

/** Only the module of the command asked for is loaded; of the others the program knows name and summary. */
async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('mortar')
    .description('Durable recipes for building software-engineering agents the SWE-Lego way.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 run failed, 2 usage or invalid recipe, 3 service unreachable, 4 cancelled, 130 interrupted.',
    );
  const asked = argv.slice(2).find((word) => !word.startsWith('-'));
  for (const { name, summary, load } of commands) {
    if (name === asked || (asked === 'help' && argv.includes(name))) (await load()).register(program);
    else program.command(name).description(summary).allowUnknownOption();
  }
  // Subcommands made before exitOverride was inherited need it as well.
  for (const command of everyCommand(program)) command.exitOverride().showHelpAfterError('(add --help for usage)');
  return program;
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function complain(error: unknown): void {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return;
  const system = systemFailure(error);
  if (isUserError(error) || isInfrastructureError(error)) say(`${paint('red', 'Error:')} ${error.message}`);
  else if (system) say(`${paint('red', 'Error:')} ${system}`);
  else {
    say(`${paint('red', 'Bug in Mortar:')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
