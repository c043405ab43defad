import { type Command, Option } from 'commander';
import type { Diagnostic } from '../../recipe/diagnostics/diagnostic.js';
import type { Format } from '../../recipe/diagnostics/render-formats.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';

interface CheckOptions {
  readonly profile?: string;
  readonly set?: string[];
  readonly pin?: boolean;
  readonly locked?: boolean;
  readonly format: Format;
}

/** `mortar check PATH...`: exit code 2 where there is an error. */
export function register(program: Command): void {
  const command = program
    .command('check')
    .description('Check recipes under each of their profiles, without running anything.')
    .argument('<recipe...>', 'recipes, or folders that hold some')
    .option('--profile <name>', 'check this profile only')
    .option('--set <param=value>', 'set a param; dots reach into objects; may be repeated', collect)
    .option('--pin', 'first write the present revision behind each hf: and hub: reference that says none')
    .option('--locked', 'find what is not what `mortar lock` wrote, for the profiles that are locked')
    .addOption(
      new Option('--format <format>', 'how to print what is found')
        .choices(['text', 'json', 'sarif', 'github'])
        .default('text'),
    )
    .action(async (paths: string[], options: CheckOptions) => {
      const [
        { checkProfiles },
        { hasErrors, sortDiagnostics },
        { renderDiagnostics },
        { readRecipe, recipeFiles },
        { hasColour, print, say },
        { recipesOf },
        { withModules },
      ] = await Promise.all([
        import('../../recipe/check/check.js'),
        import('../../recipe/diagnostics/diagnostic.js'),
        import('../../recipe/diagnostics/render-formats.js'),
        import('../recipe/read-recipe.js'),
        import('../output.js'),
        import('../recipe/recipe-files.js'),
        import('../recipe/with-modules.js'),
      ]);
      const { files, passed } = recipesOf(paths);
      if (options.pin) await pin(files);
      const requests = await Promise.all(files.map((file) => readRecipe(file, options)));
      const { result: found } = await withModules(requests, (whole) => whole.map(checkProfiles));
      const differing = options.locked
        ? await Promise.all(
            files.map((file, at) => (hasErrors(found[at] ?? []) ? Promise.resolve([]) : differences(file, options))),
          )
        : [];
      const diagnostics = sortDiagnostics([...found, ...differing].flat());
      const color = hasColour(process.stdout);
      if (diagnostics.length > 0 || options.format !== 'text')
        print(renderDiagnostics(diagnostics, options.format, recipeFiles.readText, color));
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      const warnings = diagnostics.length - errors;
      say(
        `${files.length > 3 ? count(files.length, 'recipe') : files.join(', ')}${passed > 0 ? ` (${count(passed, 'other YAML file')} passed over)` : ''}: ${errors === 0 ? 'no errors' : count(errors, 'error')}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
      );
      if (hasErrors(diagnostics)) process.exitCode = 2;
    });
  examples(
    command,
    'mortar check recipes/swe-lego.yaml',
    'mortar check recipes --format sarif',
    'mortar check recipes/swe-lego.yaml --locked',
    'mortar check recipes/swe-lego.yaml --profile tiny --set samples=4',
  );
}

/** Of the profile that was asked for, or of all that are locked. */
async function differences(file: string, { profile, set }: CheckOptions): Promise<Diagnostic[]> {
  const { lockFindings, lockedProfiles } = await import('../recipe/present-lock.js');
  const profiles = profile === undefined ? lockedProfiles(file) : [profile];
  const requests = profiles.length === 0 ? [{ set }] : profiles.map((name) => ({ profile: name || undefined, set }));
  return (await Promise.all(requests.map((request) => lockFindings(file, request)))).flat();
}

/** Says what was pinned, and where. */
async function pin(files: readonly string[]): Promise<void> {
  const [{ pinRecipes }, { hubRevision }, { say }] = await Promise.all([
    import('../recipe/pin-recipes.js'),
    import('../../hub/revision.js'),
    import('../output.js'),
  ]);
  const results = await pinRecipes(files, (reference) => hubRevision(reference));
  for (const { file, pinned } of results) say(`${file}: pinned ${[...new Set(pinned)].join(', ')}`);
  if (results.length === 0) say('Nothing to pin: every reference to the hub says its revision.');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
