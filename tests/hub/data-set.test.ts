import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instanceOfRow } from '../../activities/data/swe-bench-row.js';
import { recordValidator } from '../../activities/data/record-validator.js';
import { hubFile, type HubAccess } from '../../hub/data-set.js';
import type { Json } from '../../recipe/json.js';
import { HubServer, sha } from '../support/hub-server.js';

let hub: HubServer;
let access: HubAccess;
let cache: string;
let said: string[];

beforeAll(async () => {
  hub = await HubServer.open();
});
afterAll(() => hub.close());
beforeEach(() => {
  if (cache) rmSync(cache, { recursive: true, force: true });
  cache = mkdtempSync(join(tmpdir(), 'mortar-hub-'));
  said = [];
  hub.reset();
  access = {
    environment: { HF_ENDPOINT: `${hub.url}/` },
    cache,
    signal: new AbortController().signal,
    log: (level, message, fields) => said.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`),
  };
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

async function rows(reference: string): Promise<Record<string, Json>[]> {
  const { folder, file } = await hubFile(reference, access);
  expect(readdirSync(folder)).toEqual([file]);
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, Json>);
}

describe('hubFile', () => {
  test('a split of parquet files is one file of JSON lines, in order, fetched once a revision', async () => {
    const found = await rows(`hf:org/tasks@${sha}#test`);
    expect(found.map((row) => [row['instance_id'], row['number'], row['hints_text']])).toEqual([
      ['owner__ranges-1', 1, 'seen'],
      ['owner__ranges-2', 2, null],
      ['owner__ranges-3', 3, 'seen'],
    ]);
    expect(found[0]).toMatchObject({
      problem_statement: 'clamp ignores the bound é',
      when: '2024-03-01T00:00:00.000Z',
    });
    expect(said.join()).toMatch(new RegExp(`at revision ${sha} .*"digest":"sha256:[0-9a-f]{64}"`));
    const before = hub.asked.length;
    await rows(`hf:org/tasks@${sha}#test`);
    expect(hub.asked.length).toBe(before);
  });

  test('a branch stands for the commit that it is at, and that is said', async () => {
    expect(await rows('hf:org/tasks#dev')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(said[0]).toMatch(new RegExp(`^warn: hf:org/tasks#dev names no commit; it stands for ${sha}`));
  });

  test('a file may be named by its path', async () => {
    expect(await rows(`hf:org/tasks@${sha}#data/${hub.parquet[1]}`)).toHaveLength(1);
  });

  test.each([
    [`hf:org/tasks@${sha}#train`, /no split or file `train`; there are test, dev/],
    [`hf:org/tasks@${sha}`, /several parts; there are test, dev/],
    [`hf:org/none@${sha}#test`, /answers 404: there is no such data set/],
  ])('%s says what there is', async (reference, message) => {
    await expect(rows(reference)).rejects.toMatchObject({ name: 'UserError', code: 'reference-not-found' });
    await expect(rows(reference)).rejects.toThrow(message);
  });

  test('a hub in trouble is asked again; bytes that are not what it lists are never taken', async () => {
    hub.trouble = [503];
    expect(await rows(`hf:org/tasks@${sha}#dev`)).toHaveLength(2);
    hub.damaged = true;
    const cancelled = new AbortController();
    access = { ...access, signal: cancelled.signal };
    const fetched = rows(`hf:org/tasks@${sha}#test`);
    setTimeout(() => cancelled.abort(), 1500);
    await expect(fetched).rejects.toThrow();
    expect(hub.asked.filter((url) => url.endsWith(hub.parquet[0] ?? '')).length).toBeGreaterThan(1);
    expect(readdirSync(join(cache, 'hub')).length).toBe(1);
  });
});

test('rows of SWE-bench are drafts of instances, with their tests whole', async () => {
  const [row] = await rows(`hf:org/tasks@${sha}#test`);
  const instance = instanceOfRow(row ?? null);
  expect(instance).toMatchObject({
    source: 'benchmark',
    status: 'draft',
    focus: { file: 'ranges/__init__.py', symbol: 'clamp', start: 2, end: 2 },
    FAIL_TO_PASS: ['tests/test_ranges.py::test_low[a b]'],
    PASS_TO_PASS: [],
  });
  expect((await recordValidator('instance'))(instance)).toBeNull();
  expect(instanceOfRow({ ...row, FAIL_TO_PASS: '["cut off' })).toBeNull();
  expect(instanceOfRow({ a: 1 })).toBeNull();
});
