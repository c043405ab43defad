import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bubblewrapProgram } from '../../sandbox/index.js';
import { ensureSandbox } from '../../services/sandbox-program.js';
import type { PlanInput } from '../../recipe/plan.js';
import { commandLines } from '../support/processes.js';
import { EngineHouse } from './engine-house.js';
import { testPlan } from './plans.js';

/** Signs that each spelling writes otherwise, and a length that no word has. */
const CANARY = 'canary/K9+z?"w=&q~é 42_tweet-tweet';
const ENDPOINT_PASSWORD = 'p4ss-of-the-endpoint';

let house: EngineHouse;
let endpoint: Server;

beforeAll(async () => {
  process.env['MORTAR_SANDBOX'] ??= 'bubblewrap';
  await ensureSandbox(console.error);
  // An endpoint that refuses a request with all that it was sent, as some do.
  endpoint = createServer((request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `not with ${String(request.headers.authorization)}` } }));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  house = await EngineHouse.open({
    MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/leaky-activities.mjs'),
    MORTAR_SANDBOX: 'bubblewrap',
    MORTAR_BWRAP: bubblewrapProgram() ?? '',
    CANARY,
    PLAIN: 'in the open',
    HIDDEN_ADDRESS: `http://user:${ENDPOINT_PASSWORD}@127.0.0.1:1`,
  });
}, 300_000);

afterAll(async () => {
  endpoint?.close();
  await house?.close();
});

test('a secret is in no log, failure, heartbeat, artifact, history, file or command line, however it is spelt', async () => {
  const secret = { key: { secret: 'CANARY' } };
  const { port } = endpoint.address() as AddressInfo;
  const model: PlanInput = {
    from: 'model',
    model: { kind: 'endpoint', model: 'm', url: `http://127.0.0.1:${port}`, key: { secret: 'CANARY' } },
  };
  const command =
    'env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"; sleep 1; env > environment.txt';
  const run = await house.start(
    testPlan([
      { id: 'writes', activity: 'leaky/writes', with: secret },
      { id: 'fails', activity: 'leaky/fails', with: secret },
      { id: 'items', activity: 'leaky/items', with: secret },
      { id: 'asks', activity: 'leaky/asks', inputs: { model: [model] } },
      {
        id: 'command',
        activity: 'command',
        queue: 'sandbox',
        with: {
          ...{ run: command, image: null, env: {}, timeout: '1m' },
          outputs: { environment: { kind: 'text', path: 'environment.txt' } },
        },
      },
    ]),
  );
  // What is said on the way, too.
  const heard: string[] = [];
  let seen = '';
  await house.servers.until(async () => {
    const status = await house.client.runStatus(run);
    heard.push(JSON.stringify(status));
    seen += commandLines().join('\n');
    return status.state !== 'running';
  }, 'the run to be held');
  const { nodes } = await house.client.runStatus(run);
  expect(Object.fromEntries(nodes.map(({ id, state, failure }) => [id, failure?.code ?? state]))).toEqual({
    writes: 'done',
    fails: 'bug',
    items: 'done',
    asks: 'model-refused',
    command: 'done',
  });
  const logs = await house.client.readLogs(run);
  // Hidden, not lost.
  expect(logs.filter(({ message }) => message.includes('***')).length).toBeGreaterThan(2);
  expect(heard.some((status) => status.includes('"note":"***'))).toBe(true);
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');

  const places = new Map<string, Buffer | string>([
    ['status', heard.join('\n')],
    ['command lines', seen],
    ['logs', JSON.stringify(logs)],
  ]);
  for (const [name, history] of await histories()) places.set(`history of ${name}`, history);
  // Objects, the server's database, logs, the worker's cache.
  for (const path of filesOf(house.servers.folder)) places.set(path, readFileSync(path));
  expect(places.size).toBeGreaterThan(40);
  const leaks = [...places].flatMap(([place, content]) =>
    [...forms(CANARY), ...forms(ENDPOINT_PASSWORD)]
      .filter((form) => content.includes(form))
      .map((form) => `${place}: ${form}`),
  );
  expect(leaks).toEqual([]);
}, 120_000);

test('an activity reads no name that its recipe does not declare, and no credential as plain environment', async () => {
  const ask = async (declared: object, name: string): Promise<string | undefined> => {
    const plan = testPlan([{ id: 'reads', activity: 'leaky/reads', with: { name, declared: { ...declared } } }]);
    const { nodes, run } = await house.finish(plan);
    if (nodes[0]?.state === 'held') await house.client.cancel(run.id);
    return nodes[0]?.failure?.code ?? JSON.stringify(nodes[0]?.scalars);
  };
  expect(await ask({ env: 'PLAIN' }, 'PLAIN')).toBe('{"value":"in the open"}');
  expect(await ask({ env: 'PLAIN' }, 'CANARY')).toBe('environment-undeclared');
  expect(await ask({ env: 'HIDDEN_ADDRESS' }, 'HIDDEN_ADDRESS')).toBe('environment-secret');
  // A credential within a secret is one, too.
  expect(await ask({ secret: 'HIDDEN_ADDRESS' }, 'HIDDEN_ADDRESS')).toBe('{"value":"***"}');
}, 60_000);

/** Texts in which a secret could be read by whoever knows how to read. */
function forms(secret: string): string[] {
  const twice = JSON.stringify(JSON.stringify(secret)).slice(3, -3);
  const basic = (before: string): string => Buffer.from(before + secret).toString('base64');
  // Digits of base64 that belong to the secret alone, for each place at which it may begin.
  const shifted = [0, 1, 2].map((before) => basic('x'.repeat(before)).slice(4, -4));
  const url = encodeURIComponent(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    twice,
    url,
    url.replaceAll('%20', '+'),
    url.toLowerCase(),
    ...shifted,
  ];
}

async function histories(): Promise<[string, string][]> {
  const connection = await Connection.connect({ address: house.servers.environment['TEMPORAL_ADDRESS'] });
  try {
    const client = new Client({ connection });
    const found: [string, string][] = [];
    for await (const { workflowId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      const text = JSON.stringify(history, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      found.push([workflowId, text]);
    }
    expect(found.length).toBeGreaterThan(4);
    return found;
  } finally {
    await connection.close();
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
