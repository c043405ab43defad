import type { Command } from 'commander';
import type { ActivityDeclaration } from '../../recipe/declaration.js';
import { examples } from '../examples.js';

/** `mortar activities [NAME]`: what stages can use, and what each takes. */
export function register(program: Command): void {
  const command = program
    .command('activities')
    .description('List the activities that stages can use, or show one with its inputs, outputs and params.')
    .argument('[activity]', 'activity, such as sft/train; a module of yours, ./activities/mine.ts; package/activity')
    .option('--json', 'print declarations as JSON')
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const [{ activities }, { print, printJson }] = await Promise.all([
        import('../../activities/registry.js'),
        import('../output.js'),
      ]);
      if (name === undefined) {
        const { table } = await import('../table.js');
        const rows = activities.map((activity) => [activity.name, activity.queue, activity.summary]);
        if (options.json) printJson(activities);
        else for (const line of table(['ACTIVITY', 'QUEUE', 'SUMMARY'], rows)) print(line);
        return;
      }
      const own = activities.find((activity) => activity.name === name);
      const found = own ? [{ activity: own, uses: name }] : await fromModule(name, activities);
      if (options.json)
        return printJson(found.length === 1 ? found[0]?.activity : found.map(({ activity }) => activity));
      const { describeActivity } = await import('../describe-activity.js');
      print(found.map(({ activity, uses }) => describeActivity(activity, uses)).join('\n\n'));
    });
  examples(command, 'mortar activities', 'mortar activities sft/train', 'mortar activities ./activities/mine.ts');
}

/** Activities of a module; where the name is none, the one that was meant. */
async function fromModule(
  name: string,
  own: readonly ActivityDeclaration[],
): Promise<{ activity: ActivityDeclaration; uses: string }[]> {
  const [{ LoadedModules }, { cacheFolder }, { moduleUse }, { isOurs }, { UserError }, { didYouMean, suggest }] =
    await Promise.all([
      import('../../engine/modules/loaded-modules.js'),
      import('../../artifacts/local-cache.js'),
      import('../../recipe/planning/activity-modules.js'),
      import('../../recipe/planning/find-activity.js'),
      import('../../recipe/errors.js'),
      import('../../recipe/suggest.js'),
    ]);
  // A path as a shell completes it, and as a recipe in this folder would say it.
  const uses = /^[^.@/][^#]*\.m?[jt]s(#|$)/.test(name) ? `./${name}` : name;
  const use = moduleUse(uses, 'recipe.yaml');
  const names = own.map((activity) => activity.name);
  const meant = suggest(name, names);
  if (use === undefined || (use.path === undefined && (isOurs(name, own) || meant !== undefined)))
    throw new UserError(
      'unknown-activity',
      `There is no activity \`${name}\`${didYouMean(meant) || '. `mortar activities` lists them.'}`,
      { name },
    );
  const found = await new LoadedModules(own, cacheFolder()).activitiesOf(use);
  if ('problems' in found)
    throw new UserError(
      'invalid-module',
      found.problems
        .map(({ message, at }) => (at ? `${at.file}:${at.line}:${at.column}: ${message}` : message))
        .join('\n'),
    );
  const single = found.declarations.length === 1;
  return found.declarations.map((activity) => ({
    activity,
    uses: single || use.path === undefined ? uses : `${uses}#${activity.name.split('/').at(-1) ?? ''}`,
  }));
}
