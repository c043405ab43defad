import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isObject } from '../../../recipe/merge.js';
import type { Json, JsonObject } from '../../../recipe/json.js';
import { askTrainer, type Fetched } from './ask-trainer.js';
import { closedIssues } from './closing-keywords.js';
import { inTime, rejected, type Mined, type Miner, type MiningJob } from './fix.js';
import { NotGiven, type GitHub } from './github.js';
import { packBase } from './pack-base.js';
import { splitPatch } from './split-patch.js';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly merged: string;
  readonly created: string;
  readonly base: string;
}

interface Issue {
  readonly number: number;
  readonly text: string;
}

/** Merged pull requests that close an issue, as SWE-bench collects them: the statement is the issue's text. */
export const fromPulls = (github: GitHub): Miner =>
  async function* (job) {
    const { checkout, params } = job;
    if (!/^[\w.-]+\/[\w.-]+$/.test(checkout.repo)) {
      yield rejected('no-repository', `${checkout.repo} is no repository of GitHub (owner/name)`);
      return;
    }
    const path = `/repos/${checkout.repo}`;
    try {
      const url = textOf(await github.get(path), 'clone_url');
      let scanned = 0;
      const seen = new Set<number>();
      for await (const entry of github.list(`${path}/pulls?state=closed&sort=created&direction=desc`)) {
        if ((scanned += 1) > params.limits.scanned) return;
        const pull = pullOf(entry);
        // A pull request that is opened meanwhile moves the others to the next page.
        if (pull === null || seen.has(pull.number) || !inTime(pull.merged, params)) continue;
        seen.add(pull.number);
        yield await fixOf(pull, path, url, github, job);
      }
    } catch (error) {
      if (!(error instanceof NotGiven)) throw error;
      yield rejected('no-repository', error.message);
    }
  };

async function fixOf(pull: Pull, path: string, url: string, github: GitHub, job: MiningJob): Promise<Mined> {
  const { checkout, params, context } = job;
  const what = `${checkout.repo}#${pull.number}`;
  try {
    let numbers = closedIssues(`${pull.title}\n${pull.body}`, checkout.repo);
    const commits = numbers.length > 0 ? null : await commitsOf(`${path}/pulls/${pull.number}/commits`, github);
    if (commits !== null) numbers = closedIssues(commits.messages, checkout.repo);
    if (numbers.length === 0) return rejected('no-issue', `${what} closes no issue`);
    const split = splitPatch(await github.diff(`${path}/pulls/${pull.number}`), checkout, params.limits);
    if ('reason' in split) return rejected(split.reason, `${what}: ${split.message}`);
    const issues = await issuesOf(numbers, path, github);
    if (issues.length === 0) return rejected('no-issue', `${what} closes no issue that can be read`);
    const { began } = commits ?? (await commitsOf(`${path}/pulls/${pull.number}/commits`, github));
    const packed = await baseOf(pull, url, job);
    if ('rejection' in packed) return packed;
    const hints = await hintsOf(issues, path, began ?? pull.created, github);
    return {
      fix: {
        // As SWE-bench names them.
        instance_id: `${checkout.repo.replaceAll('/', '__')}-${pull.number}`,
        base: packed.base,
        ...split,
        text: issues.map(({ text }) => text).join('\n\n'),
        ...(hints === '' ? {} : { hints_text: hints }),
        created_at: pull.created,
        origin: {
          from: 'pulls',
          base: pull.base,
          fix: String(pull.number),
          issues: issues.map(({ number }) => number),
        },
      },
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof NotGiven)) throw error;
    return rejected(error.status === 406 ? 'too-large' : 'not-given', `${what}: ${error.message}`);
  }
}

async function baseOf(
  { base }: Pull,
  url: string,
  { checkout, params, context }: MiningJob,
): ReturnType<typeof packBase> {
  const hash = createHash('sha256').update(`${url} ${base}`).digest('hex').slice(0, 32);
  const request = {
    repo: checkout.repo,
    url,
    commit: base,
    directory: join(context.cache, 'git', hash),
    timeout: params.timeout / 1000,
  };
  const fetched = await askTrainer<Fetched>('fetch_git', [request], context);
  if (!fetched.ok || fetched.path === undefined)
    return rejected(fetched.code ?? 'missing_commit', fetched.message ?? `${checkout.repo} ${base}`);
  return packBase(checkout, { version: base.slice(0, 12), commit: base, source: fetched.path }, context);
}

/** What the commits say, and when the first was made. */
async function commitsOf(path: string, github: GitHub): Promise<{ messages: string; began: string | undefined }> {
  const messages: string[] = [];
  const times: string[] = [];
  for await (const entry of github.list(path)) {
    const commit = memberOf(entry, 'commit');
    messages.push(textOf(commit, 'message'));
    times.push(textOf(memberOf(commit, 'author'), 'date'));
  }
  return { messages: messages.join('\n'), began: times.filter(Boolean).sort()[0] };
}

async function issuesOf(numbers: readonly number[], path: string, github: GitHub): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const number of numbers) {
    const issue = await github.get(`${path}/issues/${number}`).catch((error: unknown) => {
      if (error instanceof NotGiven) return null;
      throw error;
    });
    // Pull requests are issues, too; one that closes another tells no problem.
    if (!isObject(issue) || issue['pull_request'] !== undefined) continue;
    issues.push({ number, text: `${textOf(issue, 'title')}\n\n${textOf(issue, 'body')}`.trim() });
  }
  return issues;
}

/** Comments from before the change was begun: later ones may tell it. */
async function hintsOf(issues: readonly Issue[], path: string, began: string, github: GitHub): Promise<string> {
  const hints: string[] = [];
  for (const { number } of issues) {
    for await (const comment of github.list(`${path}/issues/${number}/comments`)) {
      if (Date.parse(textOf(comment, 'created_at')) < Date.parse(began)) hints.push(textOf(comment, 'body'));
    }
  }
  return hints.join('\n');
}

/** Null for one that was closed without being merged. */
function pullOf(entry: Json): Pull | null {
  const [number, merged, base] = [
    isObject(entry) ? entry['number'] : null,
    textOf(entry, 'merged_at'),
    textOf(memberOf(entry, 'base'), 'sha'),
  ];
  if (typeof number !== 'number' || merged === '' || !/^[0-9a-f]{40}$/.test(base)) return null;
  const [title, body, created] = [textOf(entry, 'title'), textOf(entry, 'body'), textOf(entry, 'created_at')];
  return { number, title, body, merged, created, base };
}

function memberOf(value: Json, name: string): JsonObject {
  const member = isObject(value) ? value[name] : undefined;
  return isObject(member) ? member : {};
}

/** Texts may be null: an issue without a body. */
function textOf(value: Json, name: string): string {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : '';
}
