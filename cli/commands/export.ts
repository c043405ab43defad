import type { Command } from 'commander';
import { examples } from '../examples.js';
import { printJson, say } from '../output.js';

interface ExportOptions {
  readonly out: string;
  readonly author?: string;
  readonly licence?: string;
  readonly largest?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('export')
    .description(
      'Write a run as an RO-Crate to publish: recipe, data, stages with inputs and outputs, report, lineage.',
    )
    .argument('<run>', 'run id, a unique part of it, or latest')
    .requiredOption('--out <folder>', 'where to; must not be there, or empty')
    .option('--author <person>', 'who ran it: "Name" or "Name <https://orcid.org/...>"')
    .option(
      '--licence <spdx>',
      'that you publish it under, such as CC-BY-4.0 (default: the page of the sources\u2019 own)',
    )
    .option('--largest <size>', 'describe larger files, and leave them out: 100MB, 2GB (default: all are in)')
    .option('--json', 'print { folder, left }')
    .addHelpText('after', '\nRO-Crate 1.1 with the profile Provenance Run Crate 0.5.')
    .action(async (run: string, { out, author, licence, largest, json }: ExportOptions) => {
      const [{ withSession }, { viewRun }, { writeCrate }, { readBytes, formatBytes }, { programVersion }] =
        await Promise.all([
          import('../session.js'),
          import('../run/run-view.js'),
          import('../../engine/crate/write-crate.js'),
          import('../format.js'),
          import('../program-version.js'),
        ]);
      const limit = largest === undefined ? Infinity : readBytes(largest);
      if (limit === undefined) {
        const { UserError } = await import('../../recipe/errors.js');
        throw new UserError('invalid-size', `--largest is '${largest}', which is no size. Write 500kB, 100MB or 2GB.`);
      }
      await withSession(async ({ store }) => {
        const { left } = await writeCrate(store, await viewRun(store, run), {
          folder: out,
          largest: limit,
          version: programVersion(),
          ...(author === undefined ? {} : { author }),
          ...(licence === undefined ? {} : { licence }),
        });
        say(
          `Written to ${out}.${left.files > 0 ? ` ${left.files} files (${formatBytes(left.bytes)}) are described and left out.` : ''}`,
        );
        if (licence === undefined)
          say('Without --licence its licence is LICENCES.md, the page of the sources\u2019 own.');
        if (json) printJson({ folder: out, left });
      });
    });
  examples(command, 'mortar export latest --out crate --licence CC-BY-4.0 --largest 100MB');
}
