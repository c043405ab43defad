import { type Command, Option } from 'commander';
import type { Format } from '../../recipe/render-formats.js';

/** `mortar check FILE...`: exit code 2 where there is an error. */
export function register(program: Command): void {
  program
    .command('check')
    .description('Check recipes under each of their profiles, without running anything.')
    .argument('<file...>', 'recipes')
    .option('--profile <name>', 'check this profile only')
    .option('--set <param=value...>', 'set a param; dots reach into objects')
    .addOption(
      new Option('--format <format>', 'how to print what is found')
        .choices(['text', 'json', 'sarif', 'github'])
        .default('text'),
    )
    .action(async (files: string[], options: { profile?: string; set?: string[]; format: Format }) => {
      const [
        { checkProfiles },
        { hasErrors, sortDiagnostics },
        { renderDiagnostics },
        { readRecipe, recipeFiles },
        { print, say },
      ] = await Promise.all([
        import('../../recipe/check.js'),
        import('../../recipe/diagnostic.js'),
        import('../../recipe/render-formats.js'),
        import('../read-recipe.js'),
        import('../output.js'),
      ]);
      const requests = await Promise.all(files.map((file) => readRecipe(file, options)));
      const diagnostics = sortDiagnostics(requests.flatMap(checkProfiles));
      const color = process.stdout.isTTY && !process.env['NO_COLOR'];
      if (diagnostics.length > 0 || options.format !== 'text')
        print(renderDiagnostics(diagnostics, options.format, recipeFiles.readText, color));
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      const warnings = diagnostics.length - errors;
      say(
        `${files.join(', ')}: ${errors === 0 ? 'no errors' : count(errors, 'error')}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
      );
      if (hasErrors(diagnostics)) process.exitCode = 2;
    });
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
