import type { Command } from 'commander';
import type { Plan, PlanInput } from '../../recipe/plan.js';

/** `mortar plan FILE`: what a run would do; exit code 2 where the recipe is invalid. */
export function register(program: Command): void {
  program
    .command('plan')
    .description('Show the stages that a recipe comes to, with everything resolved.')
    .argument('<file>', 'recipe')
    .option('--profile <name>', 'profile of the recipe')
    .option('--set <param=value...>', 'set a param; dots reach into objects')
    .option('--json', 'print the whole plan as JSON')
    .action(async (file: string, options: { profile?: string; set?: string[]; json?: boolean }) => {
      const [
        { checkRecipe },
        { renderDiagnostics },
        { readRecipe, recipeFiles },
        { print, printJson, say },
        { table },
      ] = await Promise.all([
        import('../../recipe/check.js'),
        import('../../recipe/render-formats.js'),
        import('../read-recipe.js'),
        import('../output.js'),
        import('../table.js'),
      ]);
      const { diagnostics, plan } = checkRecipe(await readRecipe(file, { profile: options.profile, set: options.set }));
      if (plan === undefined) {
        if (options.json) printJson(diagnostics);
        else
          say(
            renderDiagnostics(
              diagnostics,
              'text',
              recipeFiles.readText,
              process.stderr.isTTY && !process.env['NO_COLOR'],
            ),
          );
        process.exitCode = 2;
        return;
      }
      if (options.json) {
        printJson(plan);
        return;
      }
      for (const line of table(['STAGE', 'USES', 'QUEUE', 'READS'], rows(plan))) print(line);
      const shared = plan.nodes.reduce((sum, node) => sum + node.aliases.length, 0);
      say(
        `\n${plan.name}${plan.profile === null ? '' : `, profile ${plan.profile}`}: ${plan.nodes.length} stages${shared > 0 ? `, standing for ${plan.nodes.length + shared}: equal work is done once` : ''}.`,
      );
      if (plan.pruned.length > 0)
        say(`Pruned: ${plan.pruned.map(({ id, line }) => `${id} (line ${line})`).join(', ')}.`);
      const warnings = diagnostics.length;
      if (warnings > 0) say(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: mortar check ${file}`);
    });
}

function rows(plan: Plan): string[][] {
  return plan.nodes.map((node) => [
    node.id,
    node.activity,
    node.queue,
    [
      ...new Set(
        Object.values(node.inputs)
          .flat()
          .map((input) => describe(plan, input)),
      ),
    ].join(', '),
  ]);
}

function describe(plan: Plan, input: PlanInput): string {
  const output = (node: number, name: string): string => `${plan.nodes[node]?.id ?? String(node)}.${name}`;
  switch (input.from) {
    case 'node':
      return output(input.node, input.output);
    case 'file':
      return input.path;
    case 'model':
      switch (input.model.kind) {
        case 'scripted':
          return `scripted:${input.model.name}`;
        case 'weights':
          return output(input.model.node, input.model.output);
        case 'endpoint':
          return input.model.model;
        case 'hub':
          return input.model.hub;
      }
  }
}
