import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { answer } from '../../cli/completion/answer.js';
import { complete } from '../../cli/completion/complete.js';
import { splitLine } from '../../cli/completion/split-line.js';
import { commands } from '../../cli/command-table.js';
import { createProgram } from '../../cli/program.js';

const before = process.cwd();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-completion-'));
  mkdirSync(join(folder, 'recipes', 'more'), { recursive: true });
  writeFileSync(
    join(folder, 'recipes', 'base.yaml'),
    'mortar: 1\nname: base\ndefault_profile: small\nparams:\n  mode: { enum: [fast, slow], default: fast, description: How. }\n' +
      '  fit: { type: object, default: { steps: 3 } }\n  loud: { type: boolean, default: false }\nprofiles:\n  small: {}\n' +
      '  large: { fit: { rate: 2 } }\nstages:\n  one: { uses: command, with: { run: a } }\n  two: { uses: command, with: { run: b } }\n',
  );
  writeFileSync(
    join(folder, 'recipes', 'leaf.yaml'),
    'mortar: 1\nname: leaf\nextends: base.yaml\nparams: { more: { type: integer, default: 1 } }\nstages: { three: { uses: command } }\n',
  );
  writeFileSync(join(folder, 'recipes', 'other.yaml'), 'services: {}\n');
  writeFileSync(join(folder, 'recipes', 'broken.yaml'), 'mortar: 1\nparams: {{{\n');
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

async function at(line: string): Promise<string[]> {
  return (await complete(splitLine(line).slice(1), createProgram)).map(({ value }) => value);
}

test('commands, their subcommands and their options', async () => {
  expect(await at('mortar ')).toEqual(commands.filter(({ hidden }) => !hidden).map(({ name }) => name));
  expect(await at('mortar sta')).toEqual(['status']);
  expect(await at('mortar artifacts ')).toEqual(['ls', 'cat', 'pull', 'push', 'verify']);
  expect(await at('mortar runs --')).toEqual(['--limit', '--recipe', '--state', '--forget', '--json', '--help']);
  expect(await at('mortar artifacts pull --o')).toEqual(['--out']);
  expect(await at('mortar -')).toEqual(['--help', '--version']);
});

test('values of options that have few', async () => {
  expect(await at('mortar check --format ')).toEqual(['text', 'json', 'sarif', 'github']);
  expect(await at('mortar run --on-failure h')).toEqual(['hold']);
  expect(await at('mortar run --on-failure=f')).toEqual(['--on-failure=fail']);
  expect(await at('mortar logs x --level ')).toEqual(['debug', 'info', 'warn', 'error']);
  expect(await at('mortar completion ')).toEqual(['bash', 'zsh', 'fish']);
});

test('recipes and folders, no other YAML', async () => {
  expect(await at('mortar run rec')).toEqual(['recipes/']);
  expect(await at('mortar run recipes/')).toEqual([
    'recipes/base.yaml',
    'recipes/broken.yaml',
    'recipes/leaf.yaml',
    'recipes/more/',
  ]);
  expect(await at('mortar check recipes/base.yaml recipes/l')).toEqual(['recipes/leaf.yaml']);
  expect(await at('mortar run nowhere/')).toEqual([]);
  expect(await at('mortar init rec')).toEqual(['recipes/']);
});

test('profiles, params and stages of the recipe on the line, those that it extends included', async () => {
  expect(await at('mortar run recipes/leaf.yaml --profile ')).toEqual(['small', 'large']);
  expect(await at('mortar run recipes/leaf.yaml --set ')).toEqual([
    'mode=',
    'fit=',
    'fit.steps=',
    'fit.rate=',
    'loud=',
    'more=',
  ]);
  expect(await at('mortar run recipes/leaf.yaml --set more=2 --set fit.')).toEqual(['fit.steps=', 'fit.rate=']);
  expect(await at('mortar plan recipes/base.yaml --set mode=')).toEqual(['mode=fast', 'mode=slow']);
  expect(await at('mortar plan recipes/base.yaml --set loud=t')).toEqual(['loud=true']);
  expect(await at('mortar plan recipes/leaf.yaml --targets one,t')).toEqual(['one,three', 'one,two']);
  expect(await at('mortar run recipes/base.yaml --fresh t')).toEqual(['two']);
});

test('a recipe that cannot be read, one that is not there and one that is not given offer nothing', async () => {
  for (const line of [
    'run recipes/broken.yaml --set ',
    'run recipes/none.yaml --profile ',
    'run --profile ',
    'run --set ',
  ])
    expect(await at(`mortar ${line}`)).toEqual([]);
});

test('activities are those of the registry', async () => {
  expect(await at('mortar activities ')).toEqual(activities.map(({ name }) => name));
});

test('what there is no command for offers nothing', async () => {
  expect(await at('mortar nonsense ')).toEqual([]);
  expect(await at('mortar up more ')).toEqual([]);
});

test('a line is split as a shell splits it', () => {
  expect(splitLine(`mortar run 'a b' "c\\"d" e\\ f g=`)).toEqual(['mortar', 'run', 'a b', 'c"d', 'e f', 'g=']);
  expect(splitLine('mortar ')).toEqual(['mortar', '']);
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      expect(splitLine([...quoted, ''].join(' '))).toEqual([...words, '']);
    }),
  );
});

test('bash gets what stands behind its word breaks, the others the whole with what it means', () => {
  const found = [{ value: 'mode=fast', description: 'How.' }];
  expect(answer('bash', 'mode=f', found)).toEqual(['fast']);
  expect(answer('bash', 'mode=f', found, ' \t')).toEqual(['mode=fast']);
  expect(answer('fish', 'mode=f', found)).toEqual(['mode=fast\tHow.']);
});

test('whatever is typed, completion answers and does not throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.constantFrom('run', 'plan', 'artifacts', '--set', '--profile', '--', '-x', 'recipes/base.yaml', 'a=', ''),
      ),
      async (words) => {
        expect(Array.isArray(await complete(words, createProgram))).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
