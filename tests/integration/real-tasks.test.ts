import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../recipe/json.js';
import type { Instance } from '../../schemas/records.js';
import { House } from '../support/house.js';
import { HubServer, sha } from '../support/hub-server.js';
import { rangesRepository } from '../support/ranges-repository.js';

/** Recipes of real tasks through the engine: fixes out of a git history, and a data set of a hub. */
const folder = mkdtempSync(join(tmpdir(), 'mortar-real-'));
const house = new House('bubblewrap');
let hub: HubServer;

beforeAll(async () => {
  hub = await HubServer.open();
  house.environment['HF_ENDPOINT'] = hub.url;
  await house.open();
}, 1_200_000);
afterAll(async () => {
  await house.close();
  hub.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

async function run(name: string, text: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `mortar: 1\nname: ${name}\n${text}`);
  const { code, stdout, stderr } = await house.mortar('run', file, '--on-failure', 'fail', '--json');
  expect(code, `${stderr}\n${stdout.slice(-2000)}`).toBe(0);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { run?: string }]));
  return events.find((event) => event.run !== undefined)?.run ?? '';
}

async function scalars(id: string, stage: string): Promise<JsonObject> {
  const { nodes } = await house.client.runStatus(id);
  return (nodes.find((node) => node.id === stage)?.scalars ?? {}) as JsonObject;
}

test('fixes of a git history become valid tasks beside injected bugs, each in the environment of its own tree', async () => {
  const commits = rangesRepository(join(folder, 'owner', 'ranges'));
  mkdirSync(join(folder, 'data'));
  const line = {
    url: pathToFileURL(join(folder, 'owner', 'ranges')).href,
    commit: commits.at(-1),
    licence: 'MIT',
    root: '.',
    packages: ['ranges'],
    tests: ['tests'],
    requirements: [],
  };
  writeFileSync(join(folder, 'data', 'list.jsonl'), `${JSON.stringify(line)}\n`);
  const id = await run(
    'fixes',
    `params: { list: { type: file, default: data/list.jsonl } }
stages:
  sources: { uses: data/collect, inputs: { list: params.list } }
  fixes:
    uses: data/mine-fixes
    inputs: { checkouts: sources.checkouts }
    with: { from: commits, remote: '${pathToFileURL(folder).href}/{repo}' }
  environments:
    uses: data/build-environments
    inputs: { checkouts: [sources.checkouts, fixes.checkouts] }
    with: { repeats: 2 }
  bugs: { uses: data/inject-bugs, inputs: { environments: environments.environments }, with: { each: 2 } }
  seal: { uses: validate/seal-history, inputs: { instances: [bugs.instances, fixes.instances] } }
  validate: { uses: validate/run-tests, inputs: { instances: seal.instances } }
`,
  );
  expect(await scalars(id, 'fixes')).toMatchObject({ instances: 2, checkouts: 2 });
  expect(await scalars(id, 'environments')).toMatchObject({ environments: 3, failures: 0 });
  const instances = await house.records<Instance>(id, 'validate', 'instances');
  const real = instances.filter(({ source }) => source === 'real');
  expect(real.map(({ status, FAIL_TO_PASS }) => [status, FAIL_TO_PASS])).toEqual([
    ['valid', ['tests/test_empty.py::test_empty']],
    ['valid', ['tests/test_ranges.py::test_high']],
  ]);
  const synthetic = instances.filter(({ source }) => source === 'synthetic');
  expect(synthetic.length).toBeGreaterThan(0);
  // Bugs are made in the pinned tree alone.
  expect(new Set(synthetic.map(({ version }) => version))).toEqual(new Set([commits.at(-1)?.slice(0, 12)]));
});

test('a data set of a hub is fetched where it is read, at its revision', async () => {
  const id = await run(
    'hub',
    `params: { tasks: { type: file, default: 'hf:org/tasks@${sha}#test' } }
stages:
  tasks: { uses: data/import, inputs: { file: params.tasks }, with: { kind: instances, source: benchmark } }
`,
  );
  expect(await scalars(id, 'tasks')).toMatchObject({
    records: 3,
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  const instances = await house.records<Instance>(id, 'tasks', 'instances');
  expect(instances.map(({ instance_id, source }) => [instance_id, source])).toEqual([
    ['owner__ranges-1', 'benchmark'],
    ['owner__ranges-2', 'benchmark'],
    ['owner__ranges-3', 'benchmark'],
  ]);
});
