import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GitHub, limitOf } from '../../activities/data/fixes/github.js';

/** A server on this machine that answers what a test tells it to, in turn. */
type Reply = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let api: string;
let replies: Reply[];
let seen: { url: string; authorization: string | undefined; accept: string | undefined }[];
let waits: number[];

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

beforeAll(async () => {
  server = createServer((request, response) => {
    const { authorization, accept } = request.headers;
    seen.push({ url: request.url ?? '', authorization, accept });
    const reply = replies.shift();
    if (reply === undefined) response.writeHead(404).end('{"message": "Not Found"}');
    else reply(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [replies, seen, waits] = [[], [], []];
});

const client = (given: { token?: string; timeout?: number; signal?: AbortSignal } = {}): GitHub =>
  new GitHub({
    api,
    timeout: 5000,
    signal: new AbortController().signal,
    onWait: (seconds) => waits.push(seconds),
    ...given,
  });

async function all(list: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of list) found.push(one);
  return found;
}

describe('GitHub', () => {
  test('lists are read page after page, and the token goes to this server alone', async () => {
    replies = [
      json([1, 2], 200, { link: `<${api}/things?page=2>; rel="next", <${api}/things?page=2>; rel="last"` }),
      json([3], 200, { link: '<http://elsewhere.invalid/things?page=3>; rel="next"' }),
    ];
    expect(await all(client({ token: 'secret-token' }).list('/things?state=closed'))).toEqual([1, 2, 3]);
    expect(seen.map(({ url }) => url)).toEqual(['/things?state=closed&per_page=100', '/things?page=2']);
    expect(seen.every(({ authorization }) => authorization === 'Bearer secret-token')).toBe(true);
  });

  test('a change is asked for as a diff', async () => {
    replies = [(_request, response) => void response.end('diff --git a/x b/x\n')];
    expect(await client().diff('/repos/o/r/pulls/1')).toBe('diff --git a/x b/x\n');
    expect(seen[0]).toMatchObject({ accept: 'application/vnd.github.diff', authorization: undefined });
  });

  test('a rate limit is waited for, as long as the server says', async () => {
    const reset = String(Math.floor(Date.now() / 1000));
    replies = [
      json({ message: 'slow down' }, 429, { 'retry-after': '1' }),
      json({ message: 'API rate limit exceeded' }, 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }),
      json({ ok: true }),
    ];
    expect(await client().get('/x')).toEqual({ ok: true });
    expect(seen).toHaveLength(3);
    expect(waits).toHaveLength(2);
  });

  test('a limit that ends in hours is a failure to be retried later', async () => {
    replies = [json({}, 429, { 'retry-after': '86400' })];
    await expect(client().get('/x')).rejects.toMatchObject({ name: 'InfrastructureError', code: 'rate-limit' });
    expect(waits).toEqual([]);
  });

  test('a wait ends when the stage is cancelled', async () => {
    const cancelled = new AbortController();
    replies = [json({}, 429, { 'retry-after': '600' })];
    const asked = client({ signal: cancelled.signal }).get('/x');
    setTimeout(() => cancelled.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a server in trouble is asked again; one that is silent or says nonsense is no answer', async () => {
    replies = [json({}, 502), json({ ok: true })];
    expect(await client().get('/x')).toEqual({ ok: true });
    replies = [(_request, response) => void response.end('<html>')];
    await expect(client().get('/x')).rejects.toMatchObject({ code: 'github-answer' });
    replies = [(_request, response) => void response.writeHead(200).end('{"a": 1}')];
    await expect(all(client().list('/x'))).rejects.toMatchObject({ code: 'github-answer' });
  });

  test.each([
    [401, undefined, 'Name a token'],
    [403, 'secret-token', 'right to read'],
  ])('a refusal (%i) is told with the next step, never with the token', async (status, token, next) => {
    replies = [json({ message: 'Bad credentials' }, status)];
    const asked = client(token === undefined ? {} : { token }).get('/repos/o/r');
    await expect(asked).rejects.toMatchObject({ name: 'UserError', code: 'github-token' });
    await expect(asked).rejects.toThrow(next);
    await expect(asked).rejects.not.toThrow('secret-token');
  });

  test('what is not there is not asked for again', async () => {
    await expect(client().get('/repos/o/gone')).rejects.toMatchObject({ name: 'NotGiven', status: 404 });
    expect(seen).toHaveLength(1);
  });
});

test('limits: by seconds, by the hour they end, or for a minute where nothing is said', () => {
  const headers = (given: Record<string, string>): Headers => new Headers(given);
  expect(limitOf(403, headers({}), '{"message": "Must have admin rights"}')).toBeNull();
  expect(limitOf(404, headers({ 'retry-after': '5' }), '')).toBeNull();
  expect(limitOf(403, headers({}), 'You have exceeded a secondary rate limit')).toBe(60);
  expect(limitOf(429, headers({}), '')).toBe(60);
  const soon = limitOf(
    403,
    headers({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.now() / 1000 + 30) }),
    '',
  );
  expect(soon).toBeGreaterThan(20);
  expect(soon).toBeLessThan(40);
});
