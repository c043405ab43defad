import { Option, type Command } from 'commander';
import type { ScheduleOptions } from '../schedule/create-schedule.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';
import { print, printJson, say } from '../output.js';

/** `mortar schedule create|ls|pause|resume|trigger|delete`. */
export function register(program: Command): void {
  const group = program
    .command('schedule')
    .description('Run recipes by the clock.')
    .addHelpText(
      'after',
      [
        '',
        'A schedule keeps the recipe, its params and its files as they are when it is made; to change them, delete it and',
        'create it again. What has not changed comes from the cache, so say with --fresh which stages look at the world anew.',
        'The run of a firing is named after its time and the schedule: 261125-020000-nightly.',
      ].join('\n'),
    );

  const create = group
    .command('create')
    .description('Run a recipe by the clock, from now on. Starts what runs need, as `mortar run` does.')
    .argument('<file>', 'recipe')
    .option('--id <name>', 'name of the schedule (default: that of the recipe)')
    .option('--cron <times>', 'cron expression with five fields, such as "0 2 * * *"; may be repeated', collect)
    .option('--every <duration>', 'interval, such as 6h')
    .option('--timezone <name>', 'of cron times, such as Europe/Berlin (default: UTC)')
    .option('--profile <name>', 'named set of param values')
    .option('--set <param=value>', 'value over all others; may be repeated', collect)
    .option('--targets <stages>', 'only these stages and what they need, separated by commas')
    .option('--fresh <stage>', 'each run works on this stage once more; may be repeated', collect)
    .addOption(
      new Option('--overlap <policy>', 'while an earlier run is open: skip; buffer-one: run once after it; allow')
        .choices(['skip', 'buffer-one', 'allow'])
        .default('skip'),
    )
    .addOption(
      new Option('--on-failure <what>', 'hold: keep a run for a decision (and skip meanwhile); fail: end it')
        .choices(['hold', 'fail'])
        .default('fail'),
    )
    .option('--paused', 'do not fire before `mortar schedule resume`')
    .option('--no-up', 'start no services; use those that run')
    .action(async (file: string, options: ScheduleOptions) => {
      const { createSchedule } = await import('../schedule/create-schedule.js');
      print(await createSchedule(file, options));
    });
  examples(
    create,
    'mortar schedule create recipes/swe-lego.yaml --profile tiny --every 1d --fresh sources --id nightly',
  );

  const ls = group
    .command('ls')
    .description('List schedules with their next and their last run.')
    .option('--json', 'print an array')
    .action(async (options: { json?: boolean }) => {
      const [{ withClient }, { scheduleTable }] = await Promise.all([
        import('../run/with-engine.js'),
        import('../schedule/schedule-table.js'),
      ]);
      await withClient(async ({ schedules }) => {
        const all = await schedules.list();
        if (options.json) printJson(all);
        else if (all.length === 0) say('There are no schedules. Make one with: mortar schedule create FILE --cron ...');
        else for (const line of scheduleTable(all, Date.now())) print(line);
      });
    });
  examples(ls, 'mortar schedule ls --json');

  const pause = group
    .command('pause')
    .description('Fire no more until it is resumed. A run that is open goes on.')
    .argument('<id>', 'name of the schedule')
    .option('--note <text>', 'why, for `mortar schedule ls`', 'paused by mortar schedule pause')
    .action(async (id: string, { note }: { note: string }) => {
      const { withClient } = await import('../run/with-engine.js');
      await withClient(({ schedules }) => schedules.pause(id, note));
      say(`Schedule ${id} is paused. Go on with: mortar schedule resume ${id}`);
    });
  examples(pause, 'mortar schedule pause nightly --note maintenance');

  const resume = group
    .command('resume')
    .description('Fire again.')
    .argument('<id>', 'name of the schedule')
    .action(async (id: string) => {
      const { withClient } = await import('../run/with-engine.js');
      await withClient(({ schedules }) => schedules.resume(id, 'resumed by mortar schedule resume'));
      say(`Schedule ${id} fires again.`);
    });
  examples(resume, 'mortar schedule resume nightly');

  const trigger = group
    .command('trigger')
    .description('Fire now, besides its times, and print the run.')
    .argument('<id>', 'name of the schedule')
    .option('--json', 'print { run, at, state }, or null where the firing was skipped')
    .action(async (id: string, options: { json?: boolean }) => {
      const { withClient } = await import('../run/with-engine.js');
      await withClient(async ({ schedules }) => {
        const fired = await schedules.trigger(id);
        if (options.json) printJson(fired ?? null);
        else if (fired) print(fired.run);
        if (!fired) say(`Skipped: an earlier run of ${id} is open. Look with: mortar schedule ls`);
        else if (fired.state === undefined)
          say(`Fired, and the run is not there yet. Is there a worker? Look with: mortar doctor`);
        else say(`Follow it with: mortar watch ${fired.run}`);
      });
    });
  examples(trigger, 'mortar schedule trigger nightly');

  const remove = group
    .command('delete')
    .description('Remove a schedule. Runs that it has started go on and stay.')
    .argument('<id>', 'name of the schedule')
    .action(async (id: string) => {
      const { withClient } = await import('../run/with-engine.js');
      await withClient(({ schedules }) => schedules.delete(id));
      say(`Schedule ${id} is deleted.`);
    });
  examples(remove, 'mortar schedule delete nightly');
  examples(group, 'mortar schedule create recipes/swe-lego.yaml --every 1d --id nightly', 'mortar schedule ls');
}
