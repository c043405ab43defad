import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pinRecipes } from '../../cli/recipe/pin-recipes.js';
import { hubRevision } from '../../hub/revision.js';

/** A hub on this machine, which speaks the part of the Hugging Face API that pinning asks. */
const sha = 'a'.repeat(40);
let server: Server;
let endpoint: string;
let folder: string;
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (request.url) {
      case '/api/models/org/model':
        return answer(200, { id: 'org/model', sha });
      case '/api/datasets/org/tasks':
        return answer(200, { id: 'org/tasks', sha: 'b'.repeat(40) });
      case '/api/models/org/busy':
        return answer(503, { error: 'busy' });
      case '/api/models/org/page':
        response.end('<html></html>');
        return;
      case '/api/models/org/slow':
        return;
      default:
        return answer(401, { error: 'Repository not found' });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'mortar-pin-'));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
});

const recipe = `# Kept: the comment.
params:
  tasks:   { type: file, default: 'hf:org/tasks#test' }   # and this one
  again: { type: file, default: hf:org/tasks }
  weights: { type: file, default: "hub:org/model" }
models:
  a: { hub: org/model, serve: { max_length: 1 } }
  b: { hub: org/model, revision: main }
  c: { hub: org/model@v1 }
`;

test('references are pinned in place, each repository asked once, and all else stays as it is', async () => {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, recipe);
  const results = await pinRecipes([file], (reference) => hubRevision(reference, { endpoint }));
  expect(readFileSync(file, 'utf8')).toBe(
    recipe
      .replace("'hf:org/tasks#test'", `'hf:org/tasks@${'b'.repeat(40)}#test'`)
      .replace('default: hf:org/tasks }', `default: hf:org/tasks@${'b'.repeat(40)} }`)
      .replace('"hub:org/model"', `"hub:org/model@${sha}"`)
      .replace('a: { hub: org/model,', `a: { hub: org/model@${sha},`),
  );
  expect(results.map(({ pinned }) => pinned.length)).toEqual([4]);
  expect(asked).toEqual(['/api/datasets/org/tasks', '/api/models/org/model']);
  expect(await pinRecipes([file], (reference) => hubRevision(reference, { endpoint }))).toEqual([]);
});

test('where one reference cannot be resolved no file is changed', async () => {
  const files = [join(folder, 'one.yaml'), join(folder, 'two.yaml')];
  for (const [index, name] of ['model', 'missing'].entries())
    writeFileSync(files[index] ?? '', `a: { hub: org/${name} }\n`);
  await expect(pinRecipes(files, (reference) => hubRevision(reference, { endpoint }))).rejects.toMatchObject({
    code: 'reference-not-found',
    message: expect.stringContaining('model `org/missing`'),
  });
  expect(readFileSync(files[0] ?? '', 'utf8')).toBe('a: { hub: org/model }\n');
  expect(readdirSync(folder).filter((name) => name.endsWith('.pinned'))).toEqual([]);
});

test('a recipe behind a link is written where it lies, with the permissions that it has', async () => {
  const [file, link] = [join(folder, 'private.yaml'), join(folder, 'link.yaml')];
  writeFileSync(file, 'a: { hub: org/model }\nb: hf:org/tasks@refs/pr/1#test\n', { mode: 0o600 });
  symlinkSync(file, link);
  await pinRecipes([link], (reference) => hubRevision(reference, { endpoint }));
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(`a: { hub: org/model@${sha} }\nb: hf:org/tasks@refs/pr/1#test\n`);
  expect(asked).toEqual(['/api/models/org/model']);
});

test('what is no data set is asked for as a model', async () => {
  expect(await hubRevision({ repository: 'org/model', kind: 'dataset-or-model' }, { endpoint })).toBe(sha);
  expect(asked).toEqual(['/api/datasets/org/model', '/api/models/org/model']);
});

test.each([
  ['a busy hub', 'org/busy', 'hub-unreachable', /answers 503/],
  ['a hub that does not answer', 'org/slow', 'hub-unreachable', /needs the network/],
  ['a page that is no hub', 'org/page', 'hub-refused', /without a revision/],
])('%s', async (_, repository, code, message) => {
  await expect(hubRevision({ repository, kind: 'model' }, { endpoint }, 200)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('no network: the next step is said', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await expect(
    hubRevision({ repository: 'org/model', kind: 'model' }, { endpoint: `http://127.0.0.1:${port}` }),
  ).rejects.toMatchObject({
    name: 'InfrastructureError',
    message: expect.stringContaining('write the revision by hand'),
  });
});
