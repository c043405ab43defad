import { type Command, Option } from 'commander';
import type { LoadedModules } from '../../engine/modules/loaded-modules.js';
import type { Plan } from '../../recipe/plan.js';
import type { PlanLook } from '../plan/plan-summary.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';

interface Options {
  readonly profile?: string;
  readonly set?: string[];
  readonly targets?: string;
  readonly locked?: boolean;
  readonly json?: boolean;
  readonly tree?: boolean;
  readonly graph?: 'mermaid' | 'svg';
  readonly store: boolean;
  readonly slots?: string;
}

/** `mortar plan FILE`: what a run would do, and why; exit code 2 where the recipe is invalid. */
export function register(program: Command): void {
  const command = program
    .command('plan')
    .description('Show the stages that a recipe comes to, and which of them a run would do.')
    .argument('<recipe>', 'recipe, such as recipes/swe-lego.yaml')
    .option('--profile <name>', 'profile of the recipe')
    .option('--set <param=value>', 'set a param; dots reach into objects; may be repeated', collect)
    .option('--targets <stages>', 'only these stages and what they need, separated by commas')
    .option('--locked', 'refuse where something is not what `mortar lock` wrote')
    .option('--json', 'print the whole plan as JSON, with states, reasons and estimates')
    .option('--tree', 'print stages under what they need')
    .addOption(new Option('--graph <format>', 'print the graph').choices(['mermaid', 'svg']))
    .option('--slots <slots>', 'slots of your workers, for the estimate (default: cpu=2,sandbox=2,gpu=1)')
    .option('--no-store', 'do not look what is cached')
    .action(async (file: string, options: Options) => {
      const [
        { checkRecipe },
        { renderDiagnostics },
        { readRecipe, recipeFiles },
        { withModules },
        { hasColour, print, printJson, say },
      ] = await Promise.all([
        import('../../recipe/check/check.js'),
        import('../../recipe/diagnostics/render-formats.js'),
        import('../recipe/read-recipe.js'),
        import('../recipe/with-modules.js'),
        import('../output.js'),
      ]);
      const { profile, set, targets, locked } = options;
      const request = await readRecipe(file, {
        profile,
        set,
        targets: targets?.split(',').map((name) => name.trim()),
      });
      const { result, modules } = await withModules([request], ([whole = request]) => checkRecipe(whole));
      const differing =
        locked && result.plan ? await (await import('../recipe/present-lock.js')).lockFindings(file, options) : [];
      const diagnostics = [...result.diagnostics, ...differing];
      const plan = differing.length > 0 ? undefined : result.plan;
      if (plan === undefined) {
        const color = hasColour(process.stderr);
        if (options.json) printJson(diagnostics);
        else say(renderDiagnostics(diagnostics, 'text', recipeFiles.readText, color));
        process.exitCode = 2;
        return;
      }
      const look = await lookAt(plan, modules, options);
      const previews = look.preview?.stages;
      if (options.json) {
        const [{ reasonOf }, { identitiesOf }] = await Promise.all([
          import('../plan/plan-reason.js'),
          import('../../recipe/node-identities.js'),
        ]);
        const identities = identitiesOf(plan.nodes);
        const stages = previews ?? plan.nodes.map(({ id }, node) => ({ node, id, state: 'unknown' as const, on: [] }));
        return printJson({
          ...plan,
          nodes: plan.nodes.map((node, number) => ({ ...node, identity: identities[number] })),
          store: { reached: previews !== undefined, ...(look.why ? { why: look.why } : {}) },
          stages: stages.map((preview) => ({ ...preview, reason: reasonOf(preview) })),
          ...(look.preview?.since ? { since: look.preview.since } : {}),
          ...(look.estimate ? { estimate: look.estimate } : {}),
        });
      }
      if (options.tree) return print((await import('../plan/plan-tree.js')).tree(plan, previews).join('\n'));
      if (options.graph === 'svg') return print((await import('../plan/plan-svg.js')).svg(plan, previews));
      if (options.graph === 'mermaid') return print((await import('../plan/plan-mermaid.js')).mermaid(plan, previews));
      const [{ planTable }, { summary }] = await Promise.all([
        import('../plan/plan-table.js'),
        import('../plan/plan-summary.js'),
      ]);
      print(planTable(plan, previews).join('\n'));
      for (const line of summary(plan, look)) say(line);
      const warnings = diagnostics.length;
      if (warnings > 0) say(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: mortar check ${file}`);
    });
  examples(
    command,
    'mortar plan recipes/swe-lego.yaml',
    'mortar plan recipes/swe-lego.yaml --tree --set samples=4 --set sft.steps=200',
    'mortar plan recipes/ablations/masking.yaml --graph mermaid',
  );
}

async function lookAt(plan: Plan, modules: LoadedModules, { store, slots }: Options): Promise<PlanLook> {
  if (!store) return { why: 'not asked' };
  const [{ previewHere }, { estimatePlan }, { DEFAULT_SLOTS, readSlots }] = await Promise.all([
    import('../plan/preview-here.js'),
    import('../../engine/explain/plan-time.js'),
    import('../../engine/slots.js'),
  ]);
  const counts = readSlots(slots) ?? DEFAULT_SLOTS;
  const { preview, why } = await previewHere(plan, modules);
  return preview ? { preview, estimate: estimatePlan(plan, preview.stages, counts) } : { why };
}
