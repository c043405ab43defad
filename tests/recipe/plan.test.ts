import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRecipe, planRecipe, sha256 } from '../../recipe/index.js';
import { identitiesOf } from '../../recipe/node-identities.js';
import type { Plan, PlanInput } from '../../recipe/plan.js';
import { declarations } from './declarations.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'golden');

function plan(file: string, options: { profile?: string; set?: string[]; text?: string } = {}): Plan {
  const text = options.text ?? readFileSync(join(folder, file), 'utf8');
  const readText = (path: string): string | null => readFileSync(join(folder, path), 'utf8');
  return planRecipe({
    file,
    text,
    readText,
    readFileDigest: (path) => sha256(path),
    activities: declarations,
    profile: options.profile,
    set: options.set,
  }).plan;
}

function numbersIn(input: PlanInput): number[] {
  if (input.from === 'node') return [input.node];
  return input.from === 'model' && input.model.kind === 'weights' ? [input.model.node] : [];
}

describe('plans', () => {
  test('every node stands after those it needs, and every reference exists', () => {
    for (const file of [
      'cells-are-compared-in-one-stage.yaml',
      'a-part-is-expanded-with-its-own-addresses.yaml',
      'a-valid-chain-has-no-diagnostics.yaml',
    ]) {
      for (const [number, node] of plan(file).nodes.entries()) {
        for (const before of [...node.needs, ...Object.values(node.inputs).flat().flatMap(numbersIn)]) {
          expect(before).toBeGreaterThanOrEqual(0);
          expect(before).toBeLessThan(number);
        }
      }
    }
  });

  test('property: a random graph is planned in topological order, whatever the order it is written in', () => {
    const graph = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(graph, fc.infiniteStream(fc.nat()), (edges, shuffle) => {
        const stages = edges.map((targets, index) => {
          const upstream =
            index === 0
              ? ['root.trajectories']
              : [...new Set(targets.map((target) => `s${target % index}.trajectories`))];
          return `  s${index}:\n    uses: sft/mask-errors\n    inputs: { trajectories: [${upstream.length > 0 ? upstream.join(', ') : 'root.trajectories'}] }\n`;
        });
        const order = stages
          .map((stage) => ({ stage, weight: Number(shuffle.next().value) }))
          .sort((a, b) => a.weight - b.weight);
        const text = `mortar: 1\nname: graph\nparams: { list: { type: file, default: list.jsonl } }\nmodels: { m: { scripted: x } }\nstages:\n${order.map(({ stage }) => stage).join('')}  root:\n    uses: agent/rollout\n    inputs: { instances: split.train, model: models.m }\n  split: { uses: data/split, inputs: { instances: bugs.instances } }\n  bugs: { uses: data/inject-bugs, inputs: { environments: environments.environments } }\n  environments: { uses: data/build-environments, inputs: { checkouts: sources.checkouts } }\n  sources: { uses: data/collect, inputs: { list: params.list } }\n`;
        const { nodes } = plan('graph.yaml', { text });
        expect(nodes.flatMap((node) => [node.id, ...node.aliases]).sort()).toEqual(
          [...stages.keys()]
            .map((index) => `s${index}`)
            .concat(['root', 'split', 'bugs', 'environments', 'sources'])
            .sort(),
        );
        for (const [number, node] of nodes.entries()) {
          for (const before of Object.values(node.inputs).flat().flatMap(numbersIn))
            expect(before).toBeLessThan(number);
        }
        // Equal work is one node: no two have the same identity.
        expect(new Set(identitiesOf(nodes)).size).toBe(nodes.length);
      }),
      { numRuns: 40 },
    );
  });

  test('stages of equal work are one node with the other address as alias; policy does not tell them apart, values do', () => {
    const text = (second: string): string =>
      `mortar: 1\nname: twins\nparams: { list: { type: file, default: list.jsonl } }\nstages:\n  one: { uses: data/collect, inputs: { list: params.list } }\n  two: { uses: data/collect, inputs: { list: params.list }${second} }\n`;
    expect(
      plan('twins.yaml', { text: text(', timeout: 5m, retry: { attempts: 9 }') }).nodes.map(({ id, aliases }) => [
        id,
        aliases,
      ]),
    ).toEqual([['one', ['two']]]);
    expect(plan('twins.yaml', { text: text(', with: { licences: [MIT] }') }).nodes.map(({ id }) => id)).toEqual([
      'one',
      'two',
    ]);
    expect(plan('twins.yaml', { text: text(', approve: true') }).nodes.map(({ id }) => id)).toEqual(['one', 'two']);
  });

  test('where predicates are self-contained, and defaults are filled in', () => {
    const text = `${readFileSync(join(folder, 'files/scored.yaml'), 'utf8').replace('params:\n', 'params:\n  keep: { type: array, items: { type: string }, default: [resolved, semi_resolved] }\n  most: { type: integer, default: 50 }\n')}  easy:\n    foreach: { a: { turns: 3 } }\n    uses: data/select\n    inputs: { items: selected.items }\n    with: { where: "contains(params.keep, item.class) && item.turns <= foreach.value.turns && item.turns < params.most" }\n`;
    const node = plan('files/scored.yaml', { text }).nodes.find(({ id }) => id === 'easy[a]');
    expect(node?.with).toEqual({
      where: `contains(fromJSON('["resolved","semi_resolved"]'), item.class) && item.turns <= 3 && item.turns < 50`,
      limits: {},
      size: null,
    });
  });
});

describe('precedence', () => {
  const base =
    'mortar: 1\nname: base\nparams:\n  list: { type: file, default: list.jsonl }\n  v: { type: object, default: { a: 0, b: 0, c: [0, 0] } }\nprofiles: { p: { v: { a: 1 } } }\nstages: { sources: { uses: data/collect, inputs: { list: params.list } } }\n';
  const resolve = (leaf: string, set: string[] = []): Plan =>
    planRecipe({
      file: 'leaf.yaml',
      text: `mortar: 1\nname: leaf\nextends: base.yaml\n${leaf}`,
      readText: () => base,
      readFileDigest: sha256,
      activities: declarations,
      profile: 'p',
      set,
    }).plan;

  test('default < profile of the base < params of the recipe < its profile < --set; objects merge, lists replace', () => {
    expect(resolve('').params.v).toEqual({ a: 1, b: 0, c: [0, 0] });
    expect(resolve('params: { v: { a: 2, b: 2 } }\n').params.v).toEqual({ a: 2, b: 2, c: [0, 0] });
    expect(resolve('params: { v: { a: 2, b: 2 } }\nprofiles: { p: { v: { b: 3, c: [3] } } }\n').params.v).toEqual({
      a: 2,
      b: 3,
      c: [3],
    });
    const plan = resolve('params: { v: { a: 2, b: 2 } }\nprofiles: { p: { v: { b: 3 } } }\n', ['v.b=1e-4']);
    expect(plan.params.v).toEqual({ a: 2, b: 1e-4, c: [0, 0] });
    expect(plan.origins).toEqual({
      list: { from: 'default', file: 'base.yaml', line: 4 },
      'v.a': { from: 'recipe leaf.yaml', file: 'leaf.yaml', line: 4 },
      'v.b': { from: '--set' },
      'v.c': { from: 'default', file: 'base.yaml', line: 5 },
    });
  });

  test('property: the last layer that sets a key wins', () => {
    const layer = fc.dictionary(fc.constantFrom('a', 'b', 'd'), fc.integer(), { noNullPrototype: true });
    fc.assert(
      fc.property(layer, layer, layer, (own, profile, set) => {
        const leaf = `params: { v: ${JSON.stringify(own)} }\nprofiles: { p: { v: ${JSON.stringify(profile)} } }\n`;
        const found = resolve(
          leaf,
          Object.entries(set).map(([key, value]) => `v.${key}=${value}`),
        ).params.v;
        expect(found).toEqual({ a: 1, b: 0, c: [0, 0], ...own, ...profile, ...set });
      }),
      { numRuns: 50 },
    );
  });
});

test('planRecipe throws a user error that shows every problem', () => {
  const file = 'an-unknown-activity-is-suggested.yaml';
  expect(() => plan(file)).toThrowErrorMatchingInlineSnapshot(`
    [UserError: error[unknown-activity]: There is no activity \`data/colect\`; did you mean \`data/collect\`?
     --> an-unknown-activity-is-suggested.yaml:7:11
      |
    7 |     uses: data/colect
      |           ^^^^^^^^^^^]
  `);
  expect(
    checkRecipe({
      file,
      text: readFileSync(join(folder, file), 'utf8'),
      readText: () => null,
      readFileDigest: () => 'sha256:0',
      activities: declarations,
    }).plan,
  ).toBeUndefined();
});
