import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePath, signedHeaders, type S3Credentials } from './s3-signature.js';

/** Milliseconds before a request is sent again: at most this, doubled each time; more where the store says that it is busy. */
const PAUSE = 100;
const BUSY_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
/** Answers that mean what they say: the caller knows what to make of them. */
const MEANT = [304, 404, 409, 412];

export interface S3Place {
  /** With the bucket as its path. */
  readonly url: URL;
  readonly region: string;
}

export interface RequestLimits {
  readonly connectionTimeout: number;
  /** Until an answer begins. */
  readonly requestTimeout: number;
  /** Without a byte. */
  readonly socketTimeout: number;
  readonly attempts: number;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** How often the request was sent. */
  readonly attempts: number;
}

interface SmallRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key: string;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Requests for single objects that fit into memory. A worker sends a handful for each stage, and the SDK takes three times as long over
 * each; for whatever else there is (lists, parts, streams) it is used.
 */
export class S3Requests {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 100 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 100 }),
  };
  /** How far the store's clock is ahead of ours, milliseconds. */
  #ahead = 0;

  constructor(
    private readonly place: () => Promise<S3Place>,
    private readonly credentials: () => Promise<S3Credentials>,
    private readonly limits: RequestLimits,
  ) {}

  /** @throws where the store does not answer, or refuses for another reason than what is there */
  async send(request: SmallRequest): Promise<S3Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#once(request).catch((error: unknown) => error as Error);
      if (!(answer instanceof Error) && (answer.status < 300 || MEANT.includes(answer.status)))
        return { ...answer, attempts: attempt };
      const failure = answer instanceof Error ? answer : refusal(answer);
      const late = failure instanceof Refusal && /^RequestTimeTooSkewed|RequestExpired$/.test(failure.code);
      if (late && !(answer instanceof Error)) this.#ahead = Date.parse(answer.headers.date ?? '') - Date.now() || 0;
      const hopeless = failure instanceof Refusal && !failure.passes && !late;
      if (hopeless || attempt >= this.limits.attempts) throw failure;
      const base = failure instanceof Refusal && failure.busy ? BUSY_PAUSE : PAUSE;
      await sleep(Math.random() * Math.min(LONGEST_PAUSE, base * 2 ** (attempt - 1)));
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #once({ method, key, body = '', headers }: SmallRequest): Promise<Omit<S3Answer, 'attempts'>> {
    const [{ url, region }, credentials] = await Promise.all([this.place(), this.credentials()]);
    const path = `${url.pathname.replace(/\/$/, '')}/${encodePath(key)}`;
    const time = Date.now() + this.#ahead;
    const signed = signedHeaders({ method, host: url.host, path, body, time }, credentials, region);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || undefined,
        method,
        path,
        agent: secure ? this.#agents['https:'] : this.#agents['http:'],
        headers: {
          ...headers,
          ...signed,
          ...(method === 'PUT' ? { 'content-length': Buffer.byteLength(body), 'content-type': OCTETS } : {}),
        },
      });
      const { connectionTimeout, requestTimeout, socketTimeout } = this.limits;
      const giveUp = (what: string, after: number) => (): void =>
        void request.destroy(new Error(`${what} within ${after / 1000} s`));
      const unanswered = setTimeout(giveUp('no answer', requestTimeout), requestTimeout);
      request.setTimeout(socketTimeout, giveUp('no further byte', socketTimeout));
      request.on('socket', (socket) => {
        if (!socket.connecting) return;
        const unconnected = setTimeout(giveUp('no connection', connectionTimeout), connectionTimeout);
        socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(unconnected));
        socket.once('close', () => clearTimeout(unconnected));
      });
      const fail = (error: Error): void => {
        clearTimeout(unanswered);
        reject(error);
      };
      request.on('error', fail);
      request.on('response', (response) => {
        clearTimeout(unanswered);
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          if (!response.complete) return fail(new Error('the answer broke off'));
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      request.end(body);
    });
  }
}

const OCTETS = 'application/octet-stream';

/** What a store says that does not do what it is asked for. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** It may do it later. */
  get passes(): boolean {
    return (
      this.busy ||
      (this.status >= 500 && this.status !== 501) ||
      /^(RequestTimeout|RequestTimeoutException)$/.test(this.code)
    );
  }

  get busy(): boolean {
    return this.status === 429 || this.status === 503 || /^(SlowDown|Throttling|ThrottlingException)$/.test(this.code);
  }
}

function refusal({ status, body }: Omit<S3Answer, 'attempts'>): Refusal {
  const text = body.toString('utf8');
  const of = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const code = of('Code') ?? '';
  return new Refusal(code, of('Message') || code || `status ${status}`, status);
}
