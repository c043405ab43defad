import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.js';
import { createProgram, everyCommand } from '../../cli/program.js';

/** Every command with its subcommands, its actions replaced: what it was called with is all that happens. */
async function program(): Promise<{
  commands: { path: string; command: Command }[];
  parse: (words: string[]) => number;
}> {
  const root = await createProgram();
  const output = { writeOut: () => undefined, writeErr: () => undefined };
  root.configureOutput(output);
  for (const command of everyCommand(root)) {
    command.configureOutput(output);
    if (command.commands.length === 0) command.action(() => undefined);
  }
  const pathOf = (command: Command): string =>
    command.parent === null || command.parent === root ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
  return {
    commands: everyCommand(root).map((command) => ({ path: pathOf(command), command })),
    parse: (words) => {
      try {
        root.parse(words, { from: 'user' });
        return 0;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return exitCodeOf(error);
      }
    },
  };
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => void (text += part), writeErr: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

const paths = (await program()).commands.map(({ path }) => path);

/** Words as a shell reads them; what stands behind `>` or `|` is the shell's. */
function wordsOf(line: string): string[] {
  const [own = ''] = line.trim().split(/ (?:>>?|\|) /);
  return [...own.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '').slice(1);
}

test.each(paths)('the help of `mortar %s` describes all that it takes, and its examples parse', async (path) => {
  const { commands } = await program();
  const command = commands.find((entry) => entry.path === path)?.command as Command;
  expect(command.description()).toMatch(/^[A-Z].*[.)]$/s);
  for (const argument of command.registeredArguments) expect([argument.name(), argument.description]).not.toContain('');
  for (const option of command.options) expect([option.flags, option.description]).not.toContain('');
  const [, lines = ''] = /\nExamples?:\n([\s\S]*)$/.exec(helpOf(command)) ?? [];
  const shown = lines.split('\n').filter((line) => line.trim() !== '');
  expect(shown.length).toBeGreaterThan(0);
  for (const line of shown) {
    expect(line).toMatch(/^ {2}mortar /);
    expect([
      line,
      wordsOf(line)
        .slice(0, path.split(' ').length)
        .join(' ')
        .startsWith(path.split(' ')[0] ?? ''),
    ]).toEqual([line, true]);
    const fresh = await program();
    expect([line, fresh.parse(wordsOf(line))]).toEqual([line, 0]);
  }
});

test.each(paths)('`mortar %s` ends with 2 on an unknown option, a word too few and a word too many', async (path) => {
  const { commands } = await program();
  const command = commands.find((entry) => entry.path === path)?.command as Command;
  const codeOf = async (...words: string[]): Promise<number> => (await program()).parse([...path.split(' '), ...words]);
  expect(await codeOf('--nonsense')).toBe(2);
  if (command.commands.length > 0) {
    expect(await codeOf('nonsense')).toBe(2);
    return;
  }
  const given = command.registeredArguments;
  const word = ({ argChoices }: (typeof given)[number]): string => argChoices?.[0] ?? 'word';
  const needed = given.filter(({ required }) => required).map(word);
  const options = command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long ?? '', 'value']);
  expect(await codeOf(...options, ...needed)).toBe(0);
  if (needed.length > 0) expect(await codeOf(...options, ...needed.slice(1))).toBe(2);
  if (options.length > 0) expect(await codeOf(...needed)).toBe(2);
  if (!given.some(({ variadic }) => variadic)) expect(await codeOf(...options, ...given.map(word), 'more')).toBe(2);
  for (const argument of given.filter(({ argChoices }) => argChoices !== undefined))
    expect([argument.name(), await codeOf('nonsense', ...needed.slice(1))]).toEqual([argument.name(), 2]);
  for (const { long, argChoices, required } of command.options.filter(
    (option) => option.required || option.argChoices,
  )) {
    if (required) expect([long, await codeOf(...options, ...needed, long ?? '')]).toEqual([long, 2]);
    if (argChoices) expect([long, await codeOf(...options, ...needed, long ?? '', 'nonsense')]).toEqual([long, 2]);
  }
});

test.each(['runs --limit many', 'artifacts cat latest --limit -1', 'artifacts cat latest --limit 1.5'])(
  'a number that is none is a usage error: mortar %s',
  async (line) => {
    expect((await program()).parse(line.split(' '))).toBe(2);
  },
);
