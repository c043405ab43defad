import type { Argument, Command, Option } from 'commander';
import type { OpenProgram } from '../open-program.js';
import { packageRoot } from '../package-root.js';
import { type Candidate, plainly } from './candidate.js';

/** What has been typed of a command line. */
interface Typed {
  readonly command: Command;
  /** Positional words so far. */
  readonly given: readonly string[];
  /** The option that waits for its value. */
  readonly option: Option | undefined;
}

/**
 * Candidates for the last word of a command line.
 * @param words without the program; the last one is being typed, and may be empty
 * @param open the program that they are for
 */
export async function complete(words: readonly string[], open: OpenProgram): Promise<Candidate[]> {
  const typed = words[words.length - 1] ?? '';
  const before = words.slice(0, -1);
  const name = before.find((word) => !word.startsWith('-'));
  if (name === undefined)
    return matching(typed, [
      ...visible(await open(() => false)).map((command) => ({
        value: command.name(),
        description: command.description(),
      })),
      ...(typed.startsWith('-') ? plainly(['--help', '--version']) : []),
    ]);
  const program = await open((candidate) => candidate === name);
  const read = readWords(program, before);
  if (read === undefined) return [];
  const { command, given, option } = read;
  // `--profile=ti`
  const inline = /^(--[a-z-]+)=(.*)$/s.exec(typed);
  if (option === undefined && inline) {
    const [, flag = '', value = ''] = inline;
    const meant = command.options.find(({ long }) => long === flag);
    const found = meant ? await optionWords(meant, read, value) : [];
    return matching(
      typed,
      found.map((candidate) => ({ ...candidate, value: `${flag}=${candidate.value}` })),
    );
  }
  if (option) return matching(typed, await optionWords(option, read, typed));
  if (typed.startsWith('-'))
    return matching(typed, [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map(({ long, short, description }) => ({ value: long ?? short ?? '', description })),
      { value: '--help', description: 'show help' },
    ]);
  if (command.commands.length > 0 && given.length === 0)
    return matching(
      typed,
      command.commands.map((child) => ({ value: child.name(), description: child.description() })),
    );
  const { registeredArguments } = command;
  const last = registeredArguments[registeredArguments.length - 1];
  const argument = registeredArguments[given.length] ?? (last?.variadic ? last : undefined);
  return argument ? matching(typed, await argumentWords(argument, read, typed)) : [];
}

/** Commands that help lists. */
function visible(program: Command): Command[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => program.commands.includes(command));
}

function readWords(program: Command, words: readonly string[]): Typed | undefined {
  let command = program;
  let option: Option | undefined;
  const given: string[] = [];
  let plain = false;
  for (const word of words) {
    if (option) option = undefined;
    else if (word === '--') plain = true;
    else if (!plain && word.startsWith('-')) {
      const known = command.options.find(({ long, short }) => word === long || word === short);
      option = known && (known.required || known.optional) ? known : undefined;
    } else {
      const child = given.length === 0 ? command.commands.find((candidate) => candidate.name() === word) : undefined;
      if (child) command = child;
      else given.push(word);
    }
  }
  return command === program ? undefined : { command, given, option };
}

async function optionWords(
  { long, argChoices }: Option,
  { command, given }: Typed,
  typed: string,
): Promise<Candidate[]> {
  if (argChoices) return plainly(argChoices);
  const recipe = given[0];
  switch (long) {
    case '--profile':
      return recipe === undefined ? [] : (await import('./recipe-words.js')).profileWords(recipe);
    case '--set': {
      const { assignmentWords } = await import('./recipe-words.js');
      const file = await recipeOf(command, recipe);
      return file === undefined ? [] : assignmentWords(file, typed);
    }
    case '--targets': {
      if (recipe === undefined) return [];
      const { stageWords } = await import('./recipe-words.js');
      const chosen = typed.slice(0, typed.lastIndexOf(',') + 1);
      return stageWords(recipe).map(({ value }) => ({ value: `${chosen}${value}` }));
    }
    case '--fresh':
      return recipe === undefined ? [] : (await import('./recipe-words.js')).stageWords(recipe);
    case '--against':
    case '--forget':
      return (await import('./run-words.js')).runWords();
    case '--queue':
      return plainly(['cpu', 'sandbox', 'gpu']);
    case '--out':
      return (await import('./path-words.js')).pathWords(typed, 'folders');
    default:
      return [];
  }
}

async function argumentWords(argument: Argument, { given }: Typed, typed: string): Promise<Candidate[]> {
  if (argument.argChoices) return plainly(argument.argChoices);
  switch (argument.name()) {
    case 'recipe':
      return (await import('./path-words.js')).pathWords(typed, 'recipes');
    case 'folder':
      return (await import('./path-words.js')).pathWords(typed, 'folders');
    case 'path':
      return (await import('./path-words.js')).pathWords(typed, 'files');
    case 'run':
    case 'before':
    case 'after':
    case 'run|digest':
      return (await import('./run-words.js')).runWords();
    case 'stage':
      return (await import('./run-words.js')).runStageWords(given[0] ?? 'latest', false);
    case 'stage.output':
      return (await import('./run-words.js')).runStageWords(given[0] ?? 'latest', true);
    case 'activity':
      return typed.startsWith('.')
        ? (await import('./path-words.js')).pathWords(typed, 'files')
        : (await import('./activity-words.js')).activityWords();
    default:
      return [];
  }
}

/** The recipe that values are for: the one on the line, or the demo's own. */
async function recipeOf(command: Command, recipe: string | undefined): Promise<string | undefined> {
  if (command.name() !== 'demo') return recipe;
  const { fileURLToPath } = await import('node:url');
  return fileURLToPath(new URL('recipes/swe-lego.yaml', packageRoot));
}

function matching(typed: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(typed));
}
