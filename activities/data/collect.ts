import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../../recipe/errors.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Checkout } from '../../schemas/records.js';
import { defineActivity, type ActivityContext } from '../activity.js';
import { jsonLines } from './json-lines.js';
import { licenceAllowed, permissive } from './licence.js';
import { parseSource, type Source } from './source-list.js';

interface Rejection {
  readonly repo: string;
  readonly reason: string;
  readonly message: string;
}

interface Answer {
  readonly ok: boolean;
  readonly path?: string;
  readonly code?: string;
  readonly message?: string;
  readonly missing?: readonly string[];
}

export default defineActivity({
  name: 'data/collect',
  version: 1,
  summary: 'Fetches the pinned source of every repository in a list, and packs it the same way everywhere.',
  queue: 'cpu',
  inputs: { list: { kind: 'file', description: 'JSON lines: a pinned source distribution or git commit each.' } },
  outputs: {
    checkouts: { kind: 'checkouts' },
    rejections: { kind: 'counts', description: 'How many were left out for which reason, and which.' },
  },
  scalars: ['repositories', 'checkouts', 'rejected', 'reasons', 'roles'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      licences: {
        type: 'array',
        items: { type: 'string' },
        default: [...permissive],
        description: 'SPDX identifiers that are let in.',
      },
      concurrency: { type: 'integer', minimum: 1, default: 4, description: 'Downloads at once.' },
      timeout: { type: 'number', exclusiveMinimum: 0, default: 600, description: 'Seconds for one git fetch.' },
    },
  },

  async run(context) {
    const licences = (context.params['licences'] ?? [...permissive]) as string[];
    const sources: Source[] = [];
    for await (const line of jsonLines(context.inputs, 'list')) sources.push(parseSource(line));

    const rejections: Rejection[] = [];
    const allowed = sources.filter((source) => {
      if (licenceAllowed(source.licence, licences)) return true;
      rejections.push({
        repo: source.repo,
        reason: 'licence',
        message: `${source.repo}: licence ${source.licence} is not in the allow-list`,
      });
      return false;
    });
    const fetched = await fetchAll(allowed, context, rejections);
    const checkouts = await packAll(fetched, context, rejections);
    await context.outputs.write('checkouts', checkouts);

    const reasons = countBy(rejections.map(({ reason }) => reason));
    await context.outputs.write(
      'rejections',
      Object.entries(reasons).map(([reason, count]) => ({
        reason,
        count,
        messages: rejections.filter((one) => one.reason === reason).map((one) => one.message),
      })),
    );
    for (const { message, reason } of rejections) context.log('warn', message, { reason });
    return {
      repositories: sources.length,
      checkouts: checkouts.length,
      rejected: rejections.length,
      reasons,
      roles: countBy(checkouts.map(({ role }) => role ?? 'none')),
    };
  },
});

/** Local paths (archive or folder) by source. The network's fault is thrown, to be retried; what is there already is kept. */
async function fetchAll(
  sources: readonly Source[],
  context: ActivityContext,
  rejections: Rejection[],
): Promise<Map<Source, string>> {
  const paths = new Map<Source, string>();
  const unreached: string[] = [];
  let done = 0;
  const take = (source: Source | undefined, answer: Answer): void => {
    if (source === undefined) return;
    context.progress((done += 1), sources.length, source.repo);
    if (answer.ok && answer.path !== undefined) paths.set(source, answer.path);
    else if (answer.code === 'network') unreached.push(answer.message ?? source.repo);
    else
      rejections.push({ repo: source.repo, reason: answer.code ?? 'unknown', message: answer.message ?? source.repo });
  };

  const pinned = sources.filter(({ url }) => url === undefined);
  if (pinned.length > 0) {
    const options = { cache: join(context.cache, 'sdists'), concurrency: Number(context.params['concurrency'] ?? 4) };
    const requests: JsonObject[] = pinned.map(({ repo, version, sha256 }) => ({ repo, version, sha256: sha256 ?? '' }));
    let index = 0;
    for await (const answer of context.trainer.stream('fetch_sdist', [{ options }, ...requests], context.signal)) {
      take(pinned[index++], answer as unknown as Answer);
    }
  }
  const git = sources.filter(({ url }) => url !== undefined);
  if (git.length > 0) {
    const requests: JsonObject[] = git.map(({ repo, url, commit }) => ({
      repo,
      url: url ?? '',
      commit: commit ?? '',
      directory: join(context.cache, 'git', hash(`${url} ${commit}`)),
      timeout: Number(context.params['timeout'] ?? 600),
    }));
    let index = 0;
    for await (const answer of context.trainer.stream('fetch_git', requests, context.signal))
      take(git[index++], answer as unknown as Answer);
  }
  if (unreached.length > 0) {
    throw new InfrastructureError(
      'source-unreachable',
      `data/collect: ${unreached.length} of ${sources.length} sources were not reached: ${unreached[0]}. The others are in the cache; retry when the network answers.`,
    );
  }
  return paths;
}

async function packAll(
  fetched: ReadonlyMap<Source, string>,
  context: ActivityContext,
  rejections: Rejection[],
): Promise<Checkout[]> {
  const sources = [...fetched.keys()];
  const outputs = sources.map((source) => join(context.directory, `${hash(`${source.repo} ${source.version}`)}.tar`));
  const requests: JsonObject[] = sources.map((source, index) => ({
    name: source.repo,
    source: fetched.get(source) ?? '',
    output: outputs[index] ?? '',
    expect: [...source.packages, ...source.tests.map((test) => test.split('::')[0] ?? test), source.root],
  }));
  const checkouts: Checkout[] = [];
  let index = 0;
  for await (const reply of context.trainer.stream('pack_tree', requests, context.signal)) {
    const [source, output] = [sources[index], outputs[index]];
    const answer = reply as unknown as Answer;
    index += 1;
    if (source === undefined || output === undefined) break;
    if (!answer.ok) {
      rejections.push({ repo: source.repo, reason: answer.code ?? 'unknown', message: answer.message ?? source.repo });
    } else if ((answer.missing ?? []).length > 0) {
      rejections.push({
        repo: source.repo,
        reason: 'missing_path',
        message: `${source.repo} ${source.version} has no ${(answer.missing ?? []).join(', ')}`,
      });
    } else {
      const { sha256, url: _url, commit, ...rest } = source;
      checkouts.push({ ...rest, commit: commit ?? sha256 ?? '', archive: await context.blobs.putFile(output) });
    }
    await rm(output, { force: true });
  }
  return checkouts;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
