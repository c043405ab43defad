import type { Command } from 'commander';
import type { ActivityDeclaration } from '../../recipe/declaration.js';

/** `mortar activities [NAME]`: what stages can use, and what each takes. */
export function register(program: Command): void {
  program
    .command('activities')
    .description('List the activities that stages can use, or show one with its inputs, outputs and params.')
    .argument('[name]', 'activity, such as sft/train')
    .option('--json', 'print declarations as JSON')
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const [{ activities }, { UserError }, { didYouMean, suggest }, { print, printJson }, { table }] =
        await Promise.all([
          import('../../activities/registry.js'),
          import('../../recipe/errors.js'),
          import('../../recipe/suggest.js'),
          import('../output.js'),
          import('../table.js'),
        ]);
      if (name === undefined) {
        if (options.json) printJson(activities);
        else
          for (const line of table(
            ['ACTIVITY', 'QUEUE', 'SUMMARY'],
            activities.map((activity) => [activity.name, activity.queue, activity.summary]),
          ))
            print(line);
        return;
      }
      const found = activities.find((activity) => activity.name === name);
      if (found === undefined) {
        const meant = suggest(
          name,
          activities.map((activity) => activity.name),
        );
        throw new UserError(
          'unknown-activity',
          `There is no activity \`${name}\`${didYouMean(meant) || '. `mortar activities` lists them.'}`,
          { name },
        );
      }
      if (options.json) printJson(found);
      else print(describe(found, table));
    });
}

interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
}

function describe(activity: ActivityDeclaration, table: (head: string[], rows: string[][]) => string[]): string {
  const { map, deterministic, extent = [] } = activity;
  const traits = [
    `queue ${activity.queue}`,
    `version ${activity.version}`,
    ...(map ? ['works on items'] : []),
    ...(deterministic === false ? ['sampling decides'] : []),
  ];
  const inputs = Object.entries(activity.inputs).map(([name, input]) => [
    name,
    [input.kind].flat().join(' or '),
    input.optional ? 'optional' : 'needed',
    input.description ?? '',
  ]);
  const outputs = Object.entries(activity.outputs).map(([name, output]) => [
    name,
    output.kind,
    output.description ?? '',
  ]);
  const params = [...properties('', (activity.params as Property).properties ?? {}, extent, activity.predicates ?? {})];
  return [
    `${activity.name}: ${activity.summary}`,
    `(${traits.join(', ')})`,
    '',
    ...table(['INPUT', 'KIND', '', ''], inputs),
    '',
    ...table(['OUTPUT', 'KIND', ''], outputs),
    ...(params.length > 0 ? ['', ...table(['PARAM', 'TYPE', 'DEFAULT', ''], params)] : []),
    ...(activity.scalars && activity.scalars.length > 0
      ? ['', `For expect: ${activity.scalars.map((scalar) => `outputs.${scalar}`).join(', ')}`]
      : []),
  ].join('\n');
}

function* properties(
  prefix: string,
  of: Readonly<Record<string, Property>>,
  extent: readonly string[],
  predicates: Readonly<Record<string, string>>,
): Generator<string[]> {
  for (const [name, property] of Object.entries(of)) {
    const type = predicates[name]
      ? 'predicate'
      : property.enum
        ? property.enum.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' | ')
        : [property.type ?? 'any'].flat().join(' | ');
    const note = extent.includes(name) ? ' Says only how many items there are.' : '';
    yield [
      `${prefix}${name}`,
      type,
      property.default === undefined ? '' : JSON.stringify(property.default),
      `${property.description ?? ''}${note}`,
    ];
    if (property.properties) yield* properties(`${prefix}${name}.`, property.properties, [], {});
  }
}
