import { CommanderError } from 'commander';
import { isInfrastructureError, isUserError } from '../recipe/errors.js';
import { exitCodeOf, systemFailure } from './exit-codes.js';
import { paint, say } from './output.js';
import { createProgram } from './program.js';

/** Runs one command line; never throws. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', closedPipe);
  try {
    // Only the module of the command asked for is loaded.
    const asked = argv.slice(2).find((word) => !word.startsWith('-'));
    const program = await createProgram((name) => name === asked || (asked === 'help' && argv.includes(name)));
    await program.parseAsync([...argv]);
    // Commands that end well but with news (a failed run) say so by process.exitCode.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    complain(error);
    return exitCodeOf(error);
  }
}

/** `mortar plan ... | head`: whoever reads has read enough. */
function closedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
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
