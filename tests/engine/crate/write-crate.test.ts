import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../artifacts/open.js';
import { writeCrate } from '../../../engine/crate/write-crate.js';
import { placing } from '../../../engine/crate/recipe-files.js';
import type { AttemptLineage } from '../../../engine/lineage/lineage.js';
import type { RecordedRun } from '../../../engine/lineage/recorded-run.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';
import { scoredRun } from '../../support/scored-run.js';

interface Entity {
  '@id': string;
  '@type': string | string[];
  [property: string]: unknown;
}

const parent = mkdtempSync(join(tmpdir(), 'mortar-crate-'));
const folder = join(parent, 'crate');
let store: Store;
let run: RecordedRun;
let entities: Map<string, Entity>;

beforeAll(async () => {
  store = memoryRooms();
  run = await scoredRun(store);
  await writeCrate(store, run, { folder, largest: Infinity, version: '1.0.0', licence: 'CC-BY-4.0' });
  entities = read(folder);
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

function read(from: string): Map<string, Entity> {
  const { '@graph': graph } = JSON.parse(readFileSync(join(from, 'ro-crate-metadata.json'), 'utf8')) as {
    '@graph': Entity[];
  };
  return new Map(graph.map((entity) => [entity['@id'], entity]));
}

const isFile = ({ '@type': type }: Entity): boolean => [type].flat().includes('File');

function* references(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const entry of value) yield* references(entry);
  else if (typeof value === 'object' && value !== null)
    for (const [name, entry] of Object.entries(value))
      if (name === '@id' && Object.keys(value).length === 1) yield String(entry);
      else yield* references(entry);
}

test('every file of the crate is there with the size and digest that the metadata says', () => {
  const files = [...entities.values()].filter(isFile);
  expect(files.length).toBeGreaterThan(10);
  for (const { '@id': id, sha256, contentSize } of files) {
    const path = join(folder, decodeURIComponent(id));
    const bytes = readFileSync(path);
    expect([id, createHash('sha256').update(bytes).digest('hex'), String(statSync(path).size)]).toEqual([
      id,
      sha256,
      contentSize,
    ]);
  }
});

test('nothing refers to what is not described', () => {
  const loose = [...entities.values()]
    .flatMap((entity) => [...references(entity)])
    .filter((id) => !entities.has(id) && !/^https?:/.test(id));
  expect(loose).toEqual([]);
});

test('each stage is an action with its tool, its inputs, its outputs and its time', () => {
  expect(entities.get('#action/grade%5Bsft%5D')).toMatchObject({
    '@type': 'CreateAction',
    instrument: { '@id': '#activity/validate/grade%401' },
    object: [{ '@id': 'artifacts/rollout_sft_/trajectories/' }, { '@id': 'artifacts/validate/instances/' }],
    result: { '@id': 'artifacts/grade_sft_/verdicts/' },
    startTime: '2026-01-01T00:00:00+00:00',
    endTime: '2026-01-01T00:01:00+00:00',
  });
  expect(entities.get('#action/sources')).toMatchObject({ object: { '@id': 'recipe/list.jsonl' } });
});

test('the recipe lies beside what it extends, so that it can be run from the crate', () => {
  expect(existsSync(join(folder, 'recipe', 'ablations', 'masking.yaml'))).toBe(true);
  expect(existsSync(join(folder, 'recipe', 'base.yaml'))).toBe(true);
  expect(entities.get('./')?.['mainEntity']).toEqual({ '@id': 'recipe/ablations/masking.yaml' });
});

test('the records behind an artifact are the lines of a file, and what they point at is in the crate', () => {
  const records = readFileSync(join(folder, 'artifacts', 'sources', 'checkouts', 'records.jsonl'), 'utf8');
  const [first] = records.split('\n').map((line) => (line ? (JSON.parse(line) as Record<string, unknown>) : {}));
  const { digest } = first?.['archive'] as { digest: string };
  expect(readFileSync(join(folder, 'blobs', digest.slice('sha256:'.length)), 'utf8')).toBe(
    'the archive of a source tree',
  );
});

test('the lineage names rows of data by the file in the crate', () => {
  const lines = readFileSync(join(folder, 'provenance', 'lineage.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const { records } = JSON.parse(lines.at(-1) ?? '') as AttemptLineage;
  expect(records.at(-1)).toMatchObject({ kind: 'file', id: 'recipe/list.jsonl:3', line: 3 });
});

test('large files are described and left out', async () => {
  const small = join(parent, 'small');
  const { left } = await writeCrate(store, run, { folder: small, largest: 10, version: '1.0.0' });
  expect(left.files).toBeGreaterThan(5);
  expect(existsSync(join(small, 'artifacts'))).toBe(false);
  expect(existsSync(join(small, 'provenance', 'lineage.jsonl'))).toBe(true);
  const described = [...read(small).values()].filter(({ '@id': id }) => id.startsWith('ni:///sha-256;'));
  expect(described).toHaveLength(left.files);
  for (const { contentSize } of described) expect(Number(contentSize)).toBeGreaterThan(10);
});

test('a folder that holds something is not written into', async () => {
  const taken = mkdtempSync(join(parent, 'taken-'));
  writeFileSync(join(taken, 'mine'), '');
  await expect(writeCrate(store, run, { folder: taken, largest: 0, version: '1' })).rejects.toMatchObject({
    code: 'folder-not-empty',
  });
});

test('paths from anywhere come below one folder', () => {
  const inCrate = placing([
    '/home/me/recipes/a.yaml',
    '/home/me/recipes/parts/b.yaml',
    '/home/me/recipes/data/c.jsonl',
  ]);
  expect(inCrate('/home/me/recipes/parts/b.yaml')).toBe('recipe/parts/b.yaml');
  expect(placing(['../x/a.yaml'])('../x/a.yaml')).toBe('recipe/a.yaml');
});
