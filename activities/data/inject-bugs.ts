import { createHash } from 'node:crypto';
import { UserError } from '../../recipe/errors.js';
import type { Json, JsonObject } from '../../recipe/json.js';
import type { Environment, Instance } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type MapItem, type Scalars } from '../activity.js';
import { coveredSymbols } from './covered-symbols.js';
import { instanceId } from './instance-id.js';
import { rewrites } from './rewrite-bugs.js';

type Kind = 'ast' | 'rewrite';

/** What `mortar_trainer.bugs` says of one mutant. */
export interface MutantLine {
  readonly file: string;
  readonly symbol: string;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
  readonly kind: string;
  readonly line: number;
  readonly bad: string;
  readonly good: string;
  readonly bug_patch: string;
  readonly patch: string;
}

export default defineActivity({
  name: 'data/inject-bugs',
  version: 1,
  summary:
    'Makes bugs in functions that stable tests reach: one-line edits of the syntax tree, or re-implementations by a model.',
  queue: 'cpu',
  inputs: {
    environments: { kind: 'environments' },
    model: { kind: 'model', optional: true, description: 'Writes the re-implementations; only for the kind rewrite.' },
  },
  outputs: { instances: { kind: 'instances', description: 'Drafts: nothing is known yet of what they break.' } },
  scalars: ['instances', 'by_kind', 'by_repository', 'without_bugs'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      kinds: { type: 'array', items: { enum: ['ast', 'rewrite'] }, minItems: 1, default: ['ast'] },
      each: { type: 'integer', minimum: 1, default: 8, description: 'Bugs a function, at most.' },
      per_repository: {
        type: ['integer', 'null'],
        minimum: 1,
        default: null,
        description: 'Bugs a repository, at most.',
      },
      max_lines: {
        type: 'integer',
        minimum: 2,
        default: 14,
        description: 'Lines of a function without its docstring, at most.',
      },
      max_characters: {
        type: 'integer',
        minimum: 20,
        default: 500,
        description: 'Characters of these lines, at most.',
      },
      edits: {
        type: ['array', 'null'],
        items: { type: 'string' },
        default: null,
        description: 'Kinds of edits for ast (comparison, off_by_one, ...); null for all.',
      },
      temperature: { type: 'number', minimum: 0, default: 0.8, description: 'For rewrite.' },
      max_tokens: { type: 'integer', minimum: 16, default: 1024, description: 'Of a re-implementation.' },
      seed: { type: 'integer', default: 17 },
    },
  },
  map: true,

  async items(context): Promise<MapItem[]> {
    requireModel(context);
    const environments = await context.inputs.all<Environment>('environments');
    return (
      environments
        // A corpus is read, never run; and the trees that fixes were made on are the pinned one over again.
        .filter(({ checkout }) => checkout.role !== 'corpus' && checkout.earlier !== true)
        .map(({ environment_id, repo, version, checkout, coverage, stable }) => ({
          key: `${repo}@${version}`,
          value: {
            environment_id,
            archive: checkout.archive.digest,
            coverage: coverage?.digest ?? null,
            stable: createHash('sha256').update(stable.join('\n')).digest('hex'),
            packages: checkout.packages,
            tests: checkout.tests,
          },
        }))
    );
  },

  async *process(items, context): AsyncIterable<ItemResult> {
    const kinds = kindsOf(context);
    const environments = new Map(
      (await context.inputs.all<Environment>('environments')).map((one) => [`${one.repo}@${one.version}`, one]),
    );
    for (const [index, { key }] of items.entries()) {
      const environment = environments.get(key);
      if (environment === undefined) throw new Error(`data/inject-bugs: no environment ${key}`);
      if (environment.coverage === undefined) {
        yield {
          key,
          ok: false,
          class: 'subject',
          code: 'no-coverage',
          message: `${key}: its environment has no coverage, so it is not known which functions its tests reach. Build it with coverage on.`,
        };
        continue;
      }
      const symbols = await coveredSymbols(environment, context.blobs);
      const instances: Instance[] = [];
      if (kinds.includes('ast')) instances.push(...(await mutants(environment, symbols, context)));
      if (kinds.includes('rewrite')) instances.push(...(await rewrites(environment, symbols, context)));
      yield { key, ok: true, record: instances as unknown as Json };
      context.progress(index + 1, items.length, key);
    }
  },

  async assemble(results, context): Promise<Scalars> {
    const instances = results.flatMap((result) => (result.ok ? (result.record as unknown as Instance[]) : []));
    await context.outputs.write('instances', instances);
    return {
      instances: instances.length,
      by_kind: countBy(instances.map(({ bug }) => bug?.kind ?? 'rewrite')),
      by_repository: countBy(instances.map(({ repo }) => repo)),
      without_bugs: results
        .filter((result) => !result.ok || (result.record as Json[]).length === 0)
        .map(({ key }) => key),
    };
  },
});

function kindsOf(context: ActivityContext): readonly Kind[] {
  return (context.params['kinds'] ?? ['ast']) as Kind[];
}

function requireModel(context: ActivityContext): void {
  if (!kindsOf(context).includes('rewrite')) return;
  const given = context.inputs.has('model') ? context.inputs.model('model') : undefined;
  if (given === undefined || given.kind === 'scripted') {
    const what =
      given === undefined ? 'no model is given' : `'${given.name}' is a scripted model, which cannot write code`;
    throw new UserError(
      'rewrite-needs-model',
      `data/inject-bugs: kinds has 'rewrite', but ${what}. Give an input 'model' (an endpoint or weights), or leave 'rewrite' out of kinds.`,
    );
  }
}

/** One-line edits, by the Python side. */
async function mutants(
  environment: Environment,
  symbols: Readonly<Record<string, string[]>>,
  context: ActivityContext,
): Promise<Instance[]> {
  const { params } = context;
  const options: JsonObject = {
    each: params['each'] ?? 8,
    per_repository: params['per_repository'] ?? null,
    max_lines: params['max_lines'] ?? 14,
    max_characters: params['max_characters'] ?? 500,
    seed: context.seed('bugs', environment.repo),
    ...(Array.isArray(params['edits']) ? { kinds: params['edits'] } : {}),
  };
  const archive = await context.blobs.file(environment.checkout.archive);
  const instances: Instance[] = [];
  const ids = new Set<string>();
  const lines = context.trainer.stream('bugs', [{ options }, { archive, symbols }], context.signal);
  for await (const line of lines) {
    const instance = draft(environment, line as unknown as MutantLine);
    if (ids.has(instance.instance_id)) continue;
    ids.add(instance.instance_id);
    instances.push(instance);
  }
  return instances;
}

function draft(environment: Environment, mutant: MutantLine): Instance {
  const { file, symbol, start, end, hash, kind, line, bad, good } = mutant;
  return {
    instance_id: instanceId(environment, kind, `${file}\n${line}\n${bad}\n${good}\n${mutant.bug_patch}`),
    repo: environment.repo,
    version: environment.version,
    base_commit: '',
    source: 'synthetic',
    environment_id: environment.environment_id,
    problem_statement: '',
    patch: mutant.patch,
    bug_patch: mutant.bug_patch,
    test_patch: '',
    focus: { file, symbol, start, end, hash },
    bug: { kind, line, bad, good },
    status: 'draft',
    FAIL_TO_PASS: [],
    PASS_TO_PASS: [],
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
