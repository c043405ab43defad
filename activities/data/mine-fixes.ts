import { InfrastructureError, UserError } from '../../recipe/errors.js';
import type { Json, JsonObject } from '../../recipe/json.js';
import type { Checkout, Instance } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { durationParam, milliseconds } from '../duration.js';
import { applyPatch, PatchError } from '../validate/apply-patch.js';
import { checkoutReader } from '../validate/checkout-files.js';
import type { Fix, Miner, MiningLimits, MiningParams, Rejection } from './fixes/fix.js';
import { focusesOf } from './fixes/focus.js';
import { fromCommits } from './fixes/from-commits.js';
import { fromPulls } from './fixes/from-pulls.js';
import { fromReleases } from './fixes/from-releases.js';
import { GitHub } from './fixes/github.js';
import { toldText } from './fixes/told-text.js';

/** What one repository gave. */
interface Haul {
  readonly instances: Instance[];
  readonly checkouts: Checkout[];
  readonly rejections: Record<string, { count: number; messages: string[] }>;
}

const LIMITS: MiningLimits = { per_repository: 20, scanned: 1000, files: 10, lines: 400 };
/** Rejections of one reason that are told in full, of each repository. */
const TOLD = 5;

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

function minerOf({ from, api, token, timeout }: MiningParams, context: ActivityContext): Miner {
  switch (from) {
    case 'commits':
      return fromCommits;
    case 'releases':
      return fromReleases;
    case 'pulls': {
      const secret = token === null ? undefined : context.environment(token.secret);
      if (token !== null && (secret === undefined || secret === ''))
        throw new UserError(
          'environment-missing',
          `data/mine-fixes: the token is the environment variable ${token.secret}, which is not set on this worker. Set it where \`mortar worker\` runs, or leave \`token\` out to ask GitHub without one.`,
        );
      const onWait = (seconds: number): void => {
        context.log('warn', `GitHub's rate limit: waiting ${Math.ceil(seconds)} s`);
        context.progress(0, 0, `waits ${Math.ceil(seconds)} s for GitHub's rate limit`);
      };
      const { signal } = context;
      return fromPulls(
        new GitHub({ api, timeout, signal, onWait, ...(secret === undefined ? {} : { token: secret }) }),
      );
    }
  }
}

async function haul(
  given: readonly Checkout[],
  miner: Miner,
  params: MiningParams,
  context: ActivityContext,
): Promise<Haul> {
  const fixes = new Map<string, Fix>();
  const rejections: Haul['rejections'] = {};
  const reject = ({ reason, message }: Rejection): void => {
    const known = (rejections[reason] ??= { count: 0, messages: [] });
    known.count += 1;
    if (known.messages.length < TOLD) known.messages.push(message);
  };
  for (const checkout of given) {
    if (fixes.size >= params.limits.per_repository) break;
    for await (const mined of miner({ checkout, given, params, context })) {
      context.signal.throwIfAborted();
      if ('rejection' in mined) {
        reject(mined.rejection);
        continue;
      }
      const { fix } = mined;
      if (fixes.has(fix.instance_id)) continue;
      const problem = await unfit(fix, context);
      if (problem !== null) reject(problem);
      else fixes.set(fix.instance_id, fix);
      if (fixes.size >= params.limits.per_repository) break;
    }
  }
  const found = [...fixes.values()];
  const focuses = await focusesOf(found, context);
  const known = new Set(given.map(({ commit }) => commit));
  const bases = new Map(found.map(({ base }) => [base.commit, base]));
  return {
    instances: found.map((fix) => draft(fix, focuses.get(fix.instance_id) as Instance['focus'])),
    checkouts: [...bases.values()].filter(({ commit }) => !known.has(commit)),
    rejections,
  };
}

/** Why the patches cannot be used on the tree that they are said to be made on. */
async function unfit(
  { base, patch, test_patch, instance_id: id }: Fix,
  context: ActivityContext,
): Promise<Rejection | null> {
  const read = await checkoutReader(base, context);
  try {
    for (const one of [patch, test_patch]) await applyPatch(one, read);
    return null;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { reason: 'patch-not-applied', message: `${id}: ${error.message}` };
  }
}

function draft(fix: Fix, focus: Instance['focus']): Instance {
  const { base, patch, test_patch, hints_text, created_at, origin } = fix;
  return {
    instance_id: fix.instance_id,
    repo: base.repo,
    version: base.version,
    base_commit: base.commit,
    source: 'real',
    environment_id: '',
    problem_statement: toldText(fix.text, patch),
    patch,
    bug_patch: '',
    test_patch,
    focus,
    status: 'draft',
    FAIL_TO_PASS: [],
    PASS_TO_PASS: [],
    ...(created_at === undefined ? {} : { created_at }),
    ...(hints_text === undefined ? {} : { hints_text }),
    origin,
  };
}
