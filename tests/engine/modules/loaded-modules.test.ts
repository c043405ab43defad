import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { activities } from '../../../activities/registry.js';
import { recipeFiles } from '../../../cli/recipe/read-recipe.js';
import { withModules } from '../../../cli/recipe/with-modules.js';
import type { ModuleDeclarations } from '../../../engine/modules/loaded-modules.js';
import { checkRecipe } from '../../../recipe/check/check.js';
import type { Plan } from '../../../recipe/plan.js';

let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mortar-modules-'));
  process.env['MORTAR_CACHE'] = join(root, 'cache');
});
afterAll(() => {
  delete process.env['MORTAR_CACHE'];
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(root, 'recipe-'));
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** A recipe with one stage a `uses`, called s0, s1, ... */
function stages(...uses: string[]): string {
  return uses.map((use, index) => `  s${index}: { uses: '${use}' }\n`).join('');
}

async function check(text: string, known?: ModuleDeclarations, file = join(folder, 'recipe.yaml')) {
  const request = { file, text: `mortar: 1\nname: example\n${text}`, ...recipeFiles, activities };
  const { result, modules } = await withModules([request], ([whole = request]) => checkRecipe(whole), known);
  const found = result.diagnostics.map(
    ({ code, message, file: at, line, column }) =>
      `${at.replace(`${folder}/`, '')}:${line}:${column} ${code}: ${message.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER')}`,
  );
  return { plan: result.plan, found, modules };
}

async function planned(text: string, known?: ModuleDeclarations): Promise<Plan> {
  const { plan, found } = await check(text, known);
  expect(found).toEqual([]);
  if (plan === undefined) throw new Error('there is no plan');
  return plan;
}

async function problems(...uses: string[]): Promise<string[]> {
  return (await check(`stages:\n${stages(...uses)}`)).found;
}

const shout = `import type { Activity } from 'mortar/activity';
import { loud } from './loud.js';

/** Says it loudly. */
export default {
  name: 'text/shout',
  summary: 'Shouts.',
  outputs: { said: { kind: 'said' } },
  params: { properties: { word: { type: 'string', default: 'hello' } } },
  async run({ outputs, params }) {
    await outputs.write('said', [{ said: loud(String(params['word'])) }]);
    return {};
  },
} satisfies Activity;
`;
const loud = 'export const loud = (text: string): string => text.toUpperCase();\n';
const plain = (name: string, more = ''): string =>
  `{ name: '${name}', summary: 'Does nothing.', async run() { return {}; }, ${more} }`;

test('a stage uses the activity of a module; defaults of its params are filled in, and its code is in the plan', async () => {
  write('activities/shout.ts', shout);
  write('activities/loud.ts', loud);
  const { plan, modules } = await check(`stages:\n${stages('./activities/shout.ts')}`);
  expect(plan?.nodes).toEqual([
    expect.objectContaining({
      id: 's0',
      activity: 'text/shout',
      version: 1,
      queue: 'cpu',
      with: { word: 'hello' },
      code: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      module: join(folder, 'activities/shout.ts'),
    }),
  ]);
  const code = plan?.nodes[0]?.code ?? '';
  expect([...modules.bundles().keys()]).toEqual([code]);
  expect((await modules.activities(code)).map(({ name }) => name)).toEqual(['text/shout']);
});

test('the digest follows the code of all that is imported; not comments, layout, or where the folder stands', async () => {
  write('activities/shout.ts', shout);
  write('activities/loud.ts', loud);
  const recipe = `stages:\n${stages('./activities/shout.ts')}`;
  const codeOf = async (): Promise<string> => (await planned(recipe)).nodes[0]?.code ?? '';
  const first = await codeOf();
  write('activities/shout.ts', shout.replace('/** Says it loudly. */', '// Nothing new.\n\n').replace(/^ {2}/gm, '\t'));
  expect(await codeOf()).toBe(first);
  const elsewhere = mkdtempSync(join(root, 'elsewhere-'));
  cpSync(folder, join(elsewhere, 'deeper', 'still'), { recursive: true });
  folder = join(elsewhere, 'deeper', 'still');
  expect(await codeOf()).toBe(first);
  write('activities/loud.ts', loud.replace('text.toUpperCase()', '`${text.toUpperCase()}!`'));
  expect(await codeOf()).not.toBe(first);
});

test('a path is relative to the file that says it: a recipe that is extended, a part, a recipe inside', async () => {
  for (const [name, activity] of [
    ['base/own.mjs', 'of/base'],
    ['parts/own.mjs', 'of/part'],
    ['inner/own.mjs', 'of/inner'],
    ['own.mjs', 'of/recipe'],
  ] as const)
    write(name, `export default ${plain(activity)};`);
  write('base/base.yaml', `mortar: 1\nname: base\nstages:\n${stages('./own.mjs')}`);
  write('parts/part.yaml', `stages:\n  one: { uses: ./own.mjs }\noutputs: {}\n`);
  write('inner/inner.yaml', `mortar: 1\nname: inner\nstages:\n${stages('./own.mjs')}`);
  const { nodes } = await planned(
    'extends: base/base.yaml\nparts: { part: parts/part.yaml }\nstages:\n' +
      '  own: { uses: ./own.mjs }\n  part: { uses: part/part }\n  inner: { uses: ./inner/inner.yaml }\n',
  );
  expect(Object.fromEntries(nodes.map(({ id, activity }) => [id, activity]))).toEqual({
    s0: 'of/base',
    own: 'of/recipe',
    'part.one': 'of/part',
    'inner.s0': 'of/inner',
  });
});

test('the same code in two folders is the same work; another code is not', async () => {
  write('one/own.mjs', `export default ${plain('mine/same')};`);
  write('two/own.mjs', `export default ${plain('mine/same')};`);
  write('three/own.mjs', `export default ${plain('mine/same', 'deterministic: false')};`);
  const { nodes } = await planned(`stages:\n${stages('./one/own.mjs', './two/own.mjs', './three/own.mjs')}`);
  expect(nodes.map(({ id, aliases }) => [id, ...aliases])).toEqual([['s0', 's1'], ['s2']]);
});

test('packages: an entry of their own, a list in the main module, a scope, CommonJS that needs Node', async () => {
  write('node_modules/words/package.json', '{ "name": "words", "exports": { "./count": "./count.mjs" } }');
  write('node_modules/words/count.mjs', `export default ${plain('words/count')};`);
  write('node_modules/@acme/texts/package.json', '{ "name": "@acme/texts", "exports": { "import": "./main.mjs" } }');
  write('node_modules/@acme/texts/main.mjs', `export const activities = [${plain('texts/a')}, ${plain('texts/b')}];`);
  write('node_modules/old/package.json', '{ "name": "old", "main": "main.js" }');
  write(
    'node_modules/old/main.js',
    `const { sep } = require('fs') && require('node:path');\nmodule.exports = { activities: [${plain('old/one', 'version: sep.length')}] };`,
  );
  const { nodes } = await planned(`stages:\n${stages('words/count', '@acme/texts/b', 'old/one')}`);
  expect(nodes.map(({ activity, version, module }) => [activity, version, module])).toEqual([
    ['words/count', 1, 'words/count'],
    ['texts/b', 1, '@acme/texts/b'],
    ['old/one', 1, 'old/one'],
  ]);
});

test('of several activities the recipe says which', async () => {
  write('several.mjs', `export const activities = [${plain('text/a')}, ${plain('text/b')}];`);
  expect((await planned(`stages:\n${stages('./several.mjs#b')}`)).nodes[0]?.activity).toBe('text/b');
  expect(await problems('./several.mjs', './several.mjs#text/c')).toEqual([
    'recipe.yaml:4:15 invalid-activity: `several.mjs` exports 2 activities: say which, such as `uses: ./several.mjs#a`; there are `text/a`, `text/b`.',
    'recipe.yaml:5:15 unknown-activity: `several.mjs` has no activity `text/c`; there are `text/a`, `text/b`.',
  ]);
});

test('what is not there is told at the recipe; a slip in a name of ours is no package', async () => {
  expect(await problems('./mien.ts', './mine.py', 'shop/checkout', 'data/splitt', 'dta/split')).toEqual([
    'recipe.yaml:4:15 module-not-found: There is no `mien.ts`: `uses` is relative to the recipe that says it.',
    'recipe.yaml:5:15 unknown-activity: There is no activity `./mine.py`: a file is a recipe (.yaml) or a module (.ts, .mts, .js, .mjs), by a path that begins with ./ or ../.',
    'recipe.yaml:6:15 module-not-found: There is no activity `shop/checkout`, and no package `shop` is installed in `FOLDER`, above it, or with Mortar. Install it there (npm install shop), or see what Mortar has: `mortar activities`.',
    'recipe.yaml:7:15 unknown-activity: There is no activity `data/splitt`; did you mean `data/split`?',
    'recipe.yaml:8:15 unknown-activity: There is no activity `dta/split`; did you mean `data/split`?',
  ]);
});

test('what is wrong in a module is told in the module', async () => {
  write('syntax.ts', 'const é = "ü"; const x: = 3;\nexport default {};\n');
  write(
    'import.ts',
    "import { one } from './one.js';\nimport pad from 'left-pad-not-here';\nexport default { one, pad };\n",
  );
  write('throws.mjs', "throw new TypeError('no such thing');\n");
  write('native.mjs', "import './addon.node';\nexport default {};\n");
  write('addon.node', '');
  expect(await problems('./syntax.ts', './import.ts', './throws.mjs', './native.mjs')).toEqual([
    'import.ts:1:21 module-broken: Could not resolve "./one.js".',
    'import.ts:2:17 module-broken: Could not resolve "left-pad-not-here". Install it beside the recipe: npm install left-pad-not-here',
    'native.mjs:1:8 module-broken: No loader is configured for ".node" files: addon.node. A native add-on cannot be carried to a worker: run what needs it as a `command`.',
    'recipe.yaml:6:15 module-broken: `throws.mjs` fails when it is loaded: TypeError: no such thing',
    'syntax.ts:1:25 module-broken: Unexpected "=".',
  ]);
});

test('a module that ends the process, speaks, or keeps something open does so to nobody else', async () => {
  write('exits.mjs', 'process.exit(0);');
  write('speaks.mjs', `console.log('hello'); setInterval(() => {}, 1000); export default ${plain('mine/quiet')};`);
  write('cyclic.mjs', `const activity = ${plain('mine/cyclic')}; activity.self = activity; export default activity;`);
  expect(await problems('./exits.mjs', './speaks.mjs', './cyclic.mjs')).toEqual([
    'recipe.yaml:4:15 module-broken: `exits.mjs` fails when it is loaded: it ends the process',
    expect.stringContaining('`cyclic.mjs` fails when it is loaded: TypeError: Converting circular structure') as string,
  ]);
});

test('what a module exports is checked, each problem by itself', async () => {
  write('nothing.mjs', 'export const other = 1;');
  write('text.mjs', "export default 'text/shout';");
  write('shape.mjs', "export default { name: 'Text Shout', sumary: 'x', queue: 'fast', inputs: { a: {} }, run() {} };");
  write('clash.mjs', `export default ${plain('data/split')};`);
  write('room.mjs', `export default ${plain('data/clean')};`);
  write('functions.mjs', "export default { name: 'a/b', summary: 'x', map: true, items() {}, process: 3, run() {} };");
  write('streamed.mjs', "export default { name: 'a/b', summary: 'x', map: 'streamed', items() {}, assemble() {} };");
  write(
    'params.mjs',
    `export default ${plain('a/b', "params: { type: 'array', properties: { a: { type: 'text' } } }, extent: ['b'], itemInputs: ['c'], predicates: { d: 'verdict' }")};`,
  );
  const found = async (name: string): Promise<string[]> =>
    (await problems(`./${name}.mjs`)).map((line) =>
      line.replace(`recipe.yaml:4:15 invalid-activity: \`${name}.mjs\` exports no `, ''),
    );
  expect(await found('nothing')).toEqual(['activity: export one as `default`, or several as a list `activities`.']);
  expect(await found('text')).toEqual(['valid activity. It is a string, not an object.']);
  expect((await found('shape')).length).toBe(5);
  expect((await found('shape')).join('\n')).toContain('has no `sumary`; did you mean `summary`?');
  expect(await found('clash')).toEqual([
    "valid activity. `data/split` is the name of one of Mortar's own activities: choose another.",
  ]);
  expect(await found('room')).toEqual([
    "valid activity. `data/clean`: names that begin with `data/` are Mortar's own. Begin it with a name of yours.",
  ]);
  expect(await found('functions')).toEqual([
    'valid activity. `assemble` is missing: an activity with `map: true` has the functions `items`, `process`, `assemble`.',
    'valid activity. `process` is no function: an activity with `map: true` has the functions `items`, `process`, `assemble`.',
    'valid activity. `run` is of no use: an activity with `map: true` has `items`, `process`, `assemble`.',
  ]);
  expect(await found('streamed')).toEqual([
    'valid activity. `process` is missing: an activity with `map: streamed` has the functions `items`, `process`, `assemble`.',
  ]);
  const params = (await found('params')).join('\n');
  for (const part of [
    'its `type` is `object`',
    'no JSON Schema',
    '`extent` names `b`',
    '`itemInputs` names `c`',
    '`predicates` names `d`',
  ])
    expect(params).toContain(part);
});

test('params that a module does not declare are refused, and those that it declares are checked', async () => {
  write('activities/shout.ts', shout);
  write('activities/loud.ts', loud);
  const { found } = await check(`stages:\n  one: { uses: ./activities/shout.ts, with: { wort: x, word: 3 } }\n`);
  expect(found).toEqual([
    'recipe.yaml:4:47 unknown-key: `with` of `text/shout` has no `wort`; did you mean `word`?',
    'recipe.yaml:4:62 wrong-type: `word` is a number, `3`; it takes a string. Quote it: "3".',
  ]);
});

test('forbid and param schemas know the activities of modules by their names', async () => {
  write(
    'clean.mjs',
    `export default ${plain('mine/clean', "params: { properties: { depth: { type: 'integer' } } }")};`,
  );
  const { found } = await check(
    "params: { depth: { schema: 'mine/clean#depth', default: deep } }\nforbid: { a.counts: [other/*] }\n" +
      "stages:\n  a: { uses: ./clean.mjs, with: { depth: '${{ params.depth }}' } }\n",
  );
  expect(found.some((line) => line.includes('depth'))).toBe(true);
  expect(found.some((line) => line.includes('No activity matches `other/*`'))).toBe(true);
});

test('a plan that is made again keeps the code that it had', async () => {
  write('activities/shout.ts', shout);
  write('activities/loud.ts', loud);
  const recipe = `stages:\n${stages('./activities/shout.ts')}`;
  const { plan, modules } = await check(recipe);
  const known = JSON.parse(JSON.stringify(modules.byKey())) as ModuleDeclarations;
  write('activities/shout.ts', 'not a module at all');
  expect((await planned(recipe, known)).nodes).toEqual(plan?.nodes);
});

test('a stage that is pruned needs no module', async () => {
  const { plan } = await check(
    'params: { on: { type: boolean, default: false } }\nstages:\n  a: { uses: ./gone.ts, if: params.on }\n',
  );
  expect(plan?.pruned).toHaveLength(1);
});

test('the bundle is one readable file without anything of this machine in it', async () => {
  write('activities/shout.ts', shout);
  write('activities/loud.ts', loud);
  const { modules } = await check(`stages:\n${stages('./activities/shout.ts')}`);
  const [text = ''] = [...modules.bundles().values()].map((bytes) => Buffer.from(bytes).toString());
  expect(text).not.toContain(folder);
  expect(text).not.toContain(dirname(import.meta.dirname));
  expect(text).toContain('// loud.ts');
  expect(readFileSync(join(folder, 'activities/shout.ts'), 'utf8')).toBe(shout);
});
