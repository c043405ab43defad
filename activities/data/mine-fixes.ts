import { InfrastructureError } from '../../recipe/errors.js';
import type { Json, JsonObject } from '../../recipe/json.js';
import type { Checkout } from '../../schemas/records.js';
import { defineActivity, type ItemResult } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { durationParam, milliseconds } from '../duration.js';
import type { MiningLimits, MiningParams } from './fixes/fix.js';
import { type Haul, haul } from './fixes/haul.js';
import { minerOf } from './fixes/miner-of.js';

const LIMITS: MiningLimits = { per_repository: 20, scanned: 1000, files: 10, lines: 400 };
const day = {
  type: ['string', 'null'],
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?$',
  default: null,
};
const limit = (name: keyof MiningLimits, description: string): JsonObject => ({
  type: 'integer',
  minimum: 1,
  default: LIMITS[name],
  description,
});

export default defineActivity({
  name: 'data/mine-fixes',
  version: 2,
  summary:
    'Finds changes that mended something and tested it, in the history of each repository: pull requests, commits or releases.',
  queue: 'cpu',
  inputs: { checkouts: { kind: 'checkouts', description: 'Pinned; the history before each is looked at.' } },
  outputs: {
    instances: {
      kind: 'instances',
      description: 'Drafts of source real: nothing is known yet of what their tests show.',
    },
    checkouts: {
      kind: 'checkouts',
      description: 'The trees that the changes were made on, without those that were given: each needs an environment.',
    },
    rejections: { kind: 'counts', description: 'How many changes gave no instance for which reason, and which.' },
  },
  scalars: [
    'repositories',
    'instances',
    'checkouts',
    'with_statement',
    'rejected',
    'reasons',
    'by_repository',
    'failed',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      from: {
        enum: ['pulls', 'commits', 'releases'],
        default: 'pulls',
        description:
          'pulls: merged pull requests that close an issue. commits: on the first-parent line before the pinned commit. releases: each source distribution against the one before it.',
      },
      since: { ...day, description: 'Only changes from this day on (UTC).' },
      until: { ...day, description: 'Only changes before this day (UTC); pins what pulls finds.' },
      limits: {
        type: 'object',
        additionalProperties: false,
        default: {},
        properties: {
          per_repository: limit('per_repository', 'Fixes of a repository, at most; the newest are taken.'),
          scanned: limit('scanned', 'Changes of a repository that are looked at, at most.'),
          files: limit('files', 'Files of the gold patch, at most.'),
          lines: limit('lines', 'Added and removed lines of the gold patch, at most.'),
        },
      },
      remote: {
        type: 'string',
        default: 'https://github.com/{repo}.git',
        description: 'For commits: the address to fetch from; {repo} stands for owner/name.',
      },
      api: {
        type: 'string',
        pattern: '^https?://',
        default: 'https://api.github.com',
        description: 'For pulls: the REST API; of GitHub Enterprise https://HOST/api/v3.',
      },
      token: {
        type: ['object', 'null'],
        additionalProperties: false,
        required: ['secret'],
        properties: { secret: { type: 'string' } },
        default: null,
        description: 'For pulls: { secret: NAME }, read on the worker. Without one GitHub allows 60 requests an hour.',
      },
      timeout: durationParam('10m', 'For one git command over the network, and for one request.'),
    },
  },
  map: true,
  itemInputs: ['checkouts'],

  /** What is merged, or written in an issue, after a run changes what the next one finds. */
  isDeterministic: ({ from, until }) => from !== 'pulls' || (until ?? null) !== null,

  async items(context) {
    const checkouts = await context.inputs.all<Checkout>('checkouts');
    const repositories = new Map<string, Checkout[]>();
    for (const checkout of checkouts) {
      // A corpus is read, never run.
      if (checkout.role === 'corpus') continue;
      repositories.set(checkout.repo, [...(repositories.get(checkout.repo) ?? []), checkout]);
    }
    return [...repositories].map(([repo, given]) => ({ key: repo, value: given as unknown as Json }));
  },

  async *process(items, context) {
    const params = read(context.params);
    const miner = minerOf(params, context);
    let done = 0;
    const mine = async (key: string, given: readonly Checkout[]): Promise<ItemResult> => {
      try {
        return { key, ok: true, record: (await haul(given, miner, params, context)) as unknown as Json };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof InfrastructureError)) throw error;
        return { key, ok: false, class: 'infrastructure', code: error.code, message: error.message };
      } finally {
        context.progress((done += 1), items.length, key);
      }
    };
    yield* concurrently(items, context.concurrency, ({ key, value }) => mine(key, value as unknown as Checkout[]));
  },

  async assemble(results, context) {
    const hauls = results.flatMap((result) => (result.ok ? [result.record as unknown as Haul] : []));
    const instances = hauls.flatMap((one) => one.instances);
    const checkouts = hauls.flatMap((one) => one.checkouts);
    await context.outputs.write('instances', instances);
    await context.outputs.write('checkouts', checkouts);
    const rejections = new Map<string, { count: number; messages: string[] }>();
    for (const [reason, { count, messages }] of hauls.flatMap((one) => Object.entries(one.rejections))) {
      const known = rejections.get(reason) ?? { count: 0, messages: [] };
      rejections.set(reason, { count: known.count + count, messages: [...known.messages, ...messages] });
    }
    const rows = [...rejections].sort(([a, one], [b, other]) => other.count - one.count || a.localeCompare(b));
    await context.outputs.write(
      'rejections',
      rows.map(([reason, about]) => ({ reason, ...about })),
    );
    const byRepository: Record<string, number> = {};
    for (const { repo } of instances) byRepository[repo] = (byRepository[repo] ?? 0) + 1;
    return {
      repositories: results.length,
      instances: instances.length,
      checkouts: checkouts.length,
      with_statement: instances.filter((one) => one.problem_statement !== '').length,
      rejected: rows.reduce((sum, [, { count }]) => sum + count, 0),
      reasons: Object.fromEntries(rows.map(([reason, { count }]) => [reason, count])),
      by_repository: byRepository,
      failed: results.filter((result) => !result.ok).map(({ key }) => key),
    };
  },
});

function read(given: JsonObject): MiningParams {
  const params = given as Partial<MiningParams>;
  return {
    from: params.from ?? 'pulls',
    since: params.since ?? null,
    until: params.until ?? null,
    limits: { ...LIMITS, ...params.limits },
    remote: params.remote ?? 'https://github.com/{repo}.git',
    api: (params.api ?? 'https://api.github.com').replace(/\/+$/, ''),
    token: params.token ?? null,
    timeout: milliseconds(given['timeout'] ?? '10m'),
  };
}
