import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { paint, print, printJson, type Colour } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'Check this machine and its services; starts and installs nothing. Exit code 3 where something must be mended.',
    )
    .option('--json', 'print an array of { name, status, value, next? }')
    .action(async (options: { json?: boolean }) => {
      const { doctor } = await import('../../services/doctor.js');
      const checks = await doctor();
      if (checks.some(({ status }) => status === 'fail')) process.exitCode = exitCodes.unreachable;
      if (options.json) {
        printJson(checks);
        return;
      }
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const { name, status, value, next } of checks) {
        const mark = paint(colours[status], status.padEnd(4), process.stdout);
        print(`${mark}  ${name.padEnd(width)}  ${value}${next ? `\n${' '.repeat(width + 8)}-> ${next}` : ''}`);
      }
    });
  examples(command, 'mortar doctor');
}

const colours: Record<'ok' | 'warn' | 'fail', Colour> = { ok: 'green', warn: 'yellow', fail: 'red' };
