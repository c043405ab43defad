import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { appearWhole } from '../artifacts/local-cache.js';
import { InfrastructureError, messageOf, UserError } from '../recipe/errors.js';
import { commitIn, headersFor, hubOf, isCommit } from './hub.js';
import { parquetRows } from './parquet-rows.js';

export interface HubAccess {
  readonly environment: NodeJS.ProcessEnv;
  /** The worker's cache folder. */
  readonly cache: string;
  readonly signal: AbortSignal;
  readonly log: (level: 'info' | 'warn', message: string, fields?: Record<string, string>) => void;
}

interface HubFile {
  readonly path: string;
  readonly size: number;
  /** sha256 of a large file, else git's id of the blob. */
  readonly digest: { readonly kind: 'sha256' | 'git'; readonly hex: string };
}

const ANSWER = 60_000;
const DOWNLOAD = 30 * 60_000;
const ATTEMPTS = 4;
const DATA = /\.(parquet|jsonl)$/;

/**
 * A data set that a recipe names as `hf:NAME@REVISION#SPLIT` (or `#FILE`), as one file of JSON lines in a folder of its own. Fetched once
 * a revision; each file is checked against the digest that the hub lists. Throws a UserError where there is no such thing.
 */
export async function hubFile(reference: string, access: HubAccess): Promise<{ folder: string; file: string }> {
  const match = /^(?:hf|hub):([\w.-]+(?:\/[\w.-]+)?)(?:@([\w./-]+))?(?:#(.+))?$/.exec(reference);
  if (match === null)
    throw new UserError(
      'reference-form',
      `\`${reference}\` is no reference to a data set: write hf:NAME@REVISION#SPLIT.`,
    );
  const [, repository = '', asked, part] = match;
  const { endpoint } = hubOf(access.environment);
  const api = `${endpoint}/api/datasets/${repository}`;
  const revision =
    asked !== undefined && isCommit(asked) ? asked : await present(api, asked ?? 'main', reference, access);
  const name = createHash('sha256')
    .update(`${repository} ${revision} ${part ?? ''}`)
    .digest('hex')
    .slice(0, 32);
  const file = 'rows.jsonl';
  const folder = await appearWhole(join(access.cache, 'hub', name), async (temporary) => {
    await mkdir(temporary, { recursive: true });
    const files = chosen(await listed(`${api}/tree/${revision}?recursive=true`, access), part, reference);
    const digest = createHash('sha256');
    async function* lines(): AsyncGenerator<string> {
      for (const one of files) {
        const local = join(temporary, 'download');
        await download(`${endpoint}/datasets/${repository}/resolve/${revision}/${one.path}`, one, local, access);
        for await (const line of linesOf(one.path, local)) {
          digest.update(line);
          yield line;
        }
        await rm(local, { force: true });
      }
    }
    await pipeline(Readable.from(lines()), createWriteStream(join(temporary, file)));
    access.log('info', `${reference}: ${files.map(({ path }) => path).join(', ')} at revision ${revision}`, {
      revision,
      digest: `sha256:${digest.digest('hex')}`,
    });
  });
  return { folder, file };
}

/** The commit behind a branch or tag. */
async function present(api: string, revision: string, reference: string, access: HubAccess): Promise<string> {
  const { body } = await json(`${api}/revision/${encodeURIComponent(revision)}`, access);
  const commit = commitIn(body);
  if (commit === undefined)
    throw new UserError('hub-refused', `${api} tells no revision for ${reference}. Set HF_ENDPOINT to a hub.`);
  access.log(
    'warn',
    `${reference} names no commit; it stands for ${commit} now. \`mortar check --pin\` writes that down.`,
  );
  return commit;
}

async function listed(url: string, access: HubAccess): Promise<HubFile[]> {
  const files: HubFile[] = [];
  for (let page: string | null = url; page !== null;) {
    const answer: { body: unknown; next: string | null } = await json(page, access);
    if (!Array.isArray(answer.body))
      throw new InfrastructureError('hub-answer', `${page} answers with no list of files.`);
    for (const entry of answer.body as Record<string, unknown>[]) {
      const lfs = entry['lfs'] as { oid?: unknown } | undefined;
      if (entry['type'] !== 'file' || typeof entry['path'] !== 'string') continue;
      const digest =
        typeof lfs?.oid === 'string'
          ? { kind: 'sha256' as const, hex: lfs.oid.replace('sha256:', '') }
          : { kind: 'git' as const, hex: String(entry['oid']) };
      files.push({ path: entry['path'], size: Number(entry['size']), digest });
    }
    page = answer.next;
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One file by its path, or the files of a split, named as the hub names them: `data/test-00000-of-00001.parquet`, `test.jsonl`. */
function chosen(files: readonly HubFile[], part: string | undefined, reference: string): HubFile[] {
  const data = files.filter(({ path }) => DATA.test(path));
  const splitOf = (path: string): string =>
    (path.split('/').at(-1) ?? '').replace(DATA, '').replace(/-\d{5}-of-\d{5}(-[0-9a-f]+)?$/, '');
  const found = part === undefined ? data : data.filter(({ path }) => path === part || splitOf(path) === part);
  const splits = [...new Set(data.map(({ path }) => splitOf(path)))];
  if (found.length > 0 && (part !== undefined || splits.length === 1)) {
    // The same rows may lie there in two formats.
    const format = found.some(({ path }) => path.endsWith('.parquet')) ? '.parquet' : '.jsonl';
    const same = found.filter(({ path }) => path.endsWith(format));
    return same.length > 0 ? same : found;
  }
  throw new UserError(
    'reference-not-found',
    `${reference}: ${part === undefined ? 'it has several parts' : `it has no split or file \`${part}\``}; there are ${splits.join(', ') || 'no files of parquet or JSON lines'}.`,
  );
}

async function* linesOf(path: string, local: string): AsyncGenerator<string> {
  if (path.endsWith('.parquet')) {
    for await (const row of parquetRows(local)) yield `${JSON.stringify(row)}\n`;
    return;
  }
  const lines = createInterface({ input: createReadStream(local), crlfDelay: Infinity });
  for await (const line of lines) if (line.trim() !== '') yield `${line}\n`;
}

async function download(url: string, file: HubFile, target: string, access: HubAccess): Promise<void> {
  await answered(url, DOWNLOAD, access, async (response) => {
    const { kind, hex } = file.digest;
    const digest = createHash(kind === 'git' && hex.length === 40 ? 'sha1' : 'sha256');
    if (kind === 'git') digest.update(`blob ${file.size}\0`);
    let size = 0;
    const watched = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        digest.update(chunk);
        size += chunk.byteLength;
        done(null, chunk);
      },
    });
    if (response.body === null) throw new Error('no body');
    await pipeline(Readable.fromWeb(response.body as never), watched, createWriteStream(target), {
      signal: access.signal,
    });
    if (size !== file.size || digest.digest('hex') !== hex)
      throw new Error(`${file.path} came as ${size} bytes that are not the ${file.size} bytes of ${kind} ${hex}`);
  });
}

async function json(url: string, access: HubAccess): Promise<{ body: unknown; next: string | null }> {
  return answered(url, ANSWER, access, async (response) => {
    const next = /<([^>]+)>\s*;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    return {
      body: await response.json(),
      next: next !== undefined && new URL(next).origin === new URL(url).origin ? next : null,
    };
  });
}

/** Asks, and takes the answer; what may pass is tried again. */
async function answered<T>(
  url: string,
  timeout: number,
  { environment, signal }: HubAccess,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  const hub = hubOf(environment);
  let trouble = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(250 * 4 ** attempt, undefined, { signal });
    try {
      const response = await fetch(url, {
        headers: headersFor(hub),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      });
      if (response.ok) return await take(response);
      await response.body?.cancel();
      trouble = `it answers ${response.status}`;
      if (response.status !== 429 && response.status < 500)
        throw new UserError(
          'reference-not-found',
          `${url} answers ${response.status}: there is no such data set, revision or file${hub.token ? ' that this token may read' : '; set HF_TOKEN on the worker if it is private'}.`,
        );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError) throw error;
      trouble = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    }
  }
  throw new InfrastructureError('hub-unreachable', `${url}: ${trouble}. It is tried again later.`);
}
