import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, messageOf, UserError } from '../../../recipe/errors.js';
import type { Json } from '../../../recipe/json.js';

/** What was asked for is not there, or is too large to be given: no retry mends it. */
export class NotGiven extends Error {
  override readonly name = 'NotGiven';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface GitHubOptions {
  /** Address of the REST API, without a slash at its end. */
  readonly api: string;
  readonly token?: string;
  /** Milliseconds for one request. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Told before a wait for a rate limit. */
  readonly onWait: (seconds: number) => void;
}

type Answer = { readonly text: string; readonly next: string | null };

const ATTEMPTS = 5;
/** The window of the primary limit is an hour; what is longer is no wait but a ban. */
const LONGEST_WAIT = 65 * 60;

/** The REST API of GitHub, or of a server that speaks it. Asks one thing at a time, as the service wants it, and keeps to its rate limits. */
export class GitHub {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: GitHubOptions) {}

  /** Throws NotGiven; a UserError where the token is refused; an InfrastructureError where nobody answers. */
  async get(path: string): Promise<Json> {
    return parsed(await this.#ask(this.options.api + path, 'application/vnd.github+json'), path);
  }

  /** The change of a pull request, as a unified diff. */
  async diff(path: string): Promise<string> {
    return (await this.#ask(this.options.api + path, 'application/vnd.github.diff')).text;
  }

  /** The entries of a list, page after page. */
  async *list(path: string): AsyncGenerator<Json, void, undefined> {
    const separator = path.includes('?') ? '&' : '?';
    let url: string | null = `${this.options.api}${path}${separator}per_page=100`;
    while (url !== null) {
      const answer: Answer = await this.#ask(url, 'application/vnd.github+json');
      const page = parsed(answer, path);
      if (!Array.isArray(page))
        throw new InfrastructureError('github-answer', `${url} answers with something that is no list.`);
      yield* page;
      url = answer.next;
    }
  }

  #ask(url: string, accept: string): Promise<Answer> {
    const answer = this.#turn.then(() => this.#attempts(url, accept));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #attempts(url: string, accept: string): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#once(url, accept);
      if ('text' in outcome) return outcome;
      if (attempt >= ATTEMPTS || outcome.wait > LONGEST_WAIT)
        throw new InfrastructureError(outcome.code, `${outcome.message} Retry later.`);
      const seconds = Math.max(outcome.wait, 2 ** attempt / 8);
      if (outcome.code === 'rate-limit') this.options.onWait(seconds);
      await sleep(seconds * 1000, undefined, { signal: this.options.signal });
    }
  }

  /** The answer, or how many seconds to wait before asking again. */
  async #once(
    url: string,
    accept: string,
  ): Promise<Answer | { readonly code: string; readonly wait: number; readonly message: string }> {
    const { api, token, timeout, signal } = this.options;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        headers: {
          accept,
          'user-agent': 'mortar',
          'x-github-api-version': '2022-11-28',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      });
      text = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      const cause = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
      return { code: 'github-unreachable', wait: 0, message: `${url} was not reached: ${cause}.` };
    }
    const { status, headers } = response;
    if (response.ok) return { text, next: nextPage(headers.get('link'), api) };
    const limited = limitOf(status, headers, text);
    if (limited !== null)
      return { code: 'rate-limit', wait: limited, message: `${api} allows no request for ${Math.ceil(limited)} s.` };
    if (status >= 500) return { code: 'github-unreachable', wait: 0, message: `${url} answers ${status}.` };
    const said = sentence(text);
    if (status === 401 || status === 403)
      throw new UserError(
        'github-token',
        `${url} answers ${status}${said}. ${token === undefined ? 'Name a token: token: { secret: NAME }' : 'Give the token the right to read this repository, or another token'}.`,
      );
    throw new NotGiven(status, `${url} answers ${status}${said}`);
  }
}

/** Seconds until the next request is allowed; null where the answer is no rate limit. */
export function limitOf(status: number, headers: Headers, text: string): number | null {
  if (status !== 403 && status !== 429) return null;
  const after = headers.get('retry-after');
  if (after !== null && /^\d+$/.test(after)) return Number(after);
  const reset = headers.get('x-ratelimit-reset');
  if (headers.get('x-ratelimit-remaining') === '0' && reset !== null)
    return Math.max(1, Number(reset) - Date.now() / 1000 + 1);
  // The secondary limits need not say when.
  return status === 429 || /rate limit|abuse/i.test(text) ? 60 : null;
}

/** The token goes to no other server, whatever a header says. */
function nextPage(link: string | null, api: string): string | null {
  const next = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '')?.[1];
  return next !== undefined && new URL(next).origin === new URL(api).origin ? next : null;
}

function parsed({ text }: Answer, path: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new InfrastructureError(
      'github-answer',
      `${path} answers with something that is not JSON: ${text.slice(0, 80)}`,
    );
  }
}

function sentence(text: string): string {
  const message = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1];
  return message === undefined ? '' : ` (${message})`;
}
