import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScoreDocument } from '../../activities/report/score-document.js';
import type { AttemptLineage, Lineage } from '../../engine/lineage/lineage.js';
import type { Verdict } from '../../schemas/records.js';
import { House } from '../support/house.js';
import { jsonLinesOf } from './command-line.js';

const recipe = fileURLToPath(new URL('../fixtures/scored.yaml', import.meta.url));
const house = new House('bubblewrap');
let run = '';

beforeAll(async () => {
  await house.open();
  const { code, stdout, stderr } = await house.mortar('run', recipe, '--on-failure', 'fail', '--json');
  expect(code, `${stderr}\n${stdout.slice(-2000)}`).toBe(0);
  run = jsonLinesOf<{ run?: string }>(stdout).find((event) => event.run !== undefined)?.run ?? '';
}, 1_200_000);
afterAll(() => house.close(), 120_000);

const isAttempt = (entry: Lineage): entry is AttemptLineage => entry.kind === 'attempt';

test('a number of a real report is followed to its verdicts, trajectories, tasks, source tree and line of the list', async () => {
  const [score] = await house.records<ScoreDocument>(run, 'score', 'score');
  const [careful] = score?.rows.filter(({ name }) => name === 'careful') ?? [];
  const { stdout, code, stderr } = await house.mortar('lineage', run, 'careful.pass_at_1', '--json');
  expect(code, stderr).toBe(0);
  const entries = jsonLinesOf<Lineage>(stdout);
  const attempts = entries.filter(isAttempt);
  expect(entries[0]).toMatchObject({ kind: 'metric', value: careful?.pass_at_1.mean });
  expect(attempts).toHaveLength((score?.ids.length ?? 0) * 2);
  for (const { records, commit, model } of attempts) {
    expect(records.map(({ kind }) => kind)).toEqual([
      ...['verdicts', 'trajectories', 'instances', 'instances', 'instances', 'instances', 'environments', 'checkouts'],
      'file',
    ]);
    expect(records.at(-1)).toMatchObject({ line: 1, stage: 'sources' });
    expect(commit).toMatch(/^[0-9a-f]{40,64}$/);
    expect(model).toBe('scripted:explore-then-edit');
  }
  const [verdict] = attempts[0]?.records ?? [];
  const stored: Verdict[] = [];
  for await (const record of house.client.records<Verdict>(verdict?.artifact ?? '')) stored.push(record);
  expect(stored[(verdict?.line ?? 0) - 1]?.trajectory_id).toBe(verdict?.id);

  const shown = await house.mortar('lineage', run, 'careful.pass_at_1', attempts[0]?.instance_id ?? '');
  expect(shown.stdout).toContain('verdicts[careful].verdicts line');
  expect((await house.mortar('lineage', run, 'careful.pass_at_3')).code).toBe(2);
});

test('the crate of a real run holds what its metadata says, and the recipe in it comes to the same plan', async () => {
  const folder = join(house.home, 'crate');
  const exported = await house.mortar(
    'export',
    run,
    '--out',
    folder,
    '--licence',
    'CC-BY-4.0',
    '--author',
    'A. Person',
  );
  expect(exported.code, exported.stderr).toBe(0);
  const { '@graph': graph } = JSON.parse(readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8')) as {
    '@graph': { '@id': string; '@type': string | string[]; sha256?: string }[];
  };
  const described = graph.filter(({ '@type': type }) => [type].flat().includes('File'));
  for (const { '@id': id, sha256 } of described) {
    const bytes = readFileSync(join(folder, decodeURIComponent(id)));
    expect([id, createHash('sha256').update(bytes).digest('hex')]).toEqual([id, sha256]);
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(described).toHaveLength(files.length - 1);
  expect(existsSync(join(folder, 'report', 'report.html'))).toBe(true);
  const actions = graph.filter(({ '@id': id }) => id.startsWith('#action/'));
  expect(actions).toHaveLength((await house.client.plan(run)).nodes.length);

  const digest = async (file: string): Promise<unknown[]> => {
    const { stdout } = await house.mortar('plan', file, '--no-store', '--json');
    return (JSON.parse(stdout) as { nodes: { id: string; identity: string }[] }).nodes.map(({ id, identity }) => [
      id,
      identity,
    ]);
  };
  expect(await digest(join(folder, 'recipe', 'scored.yaml'))).toEqual(await digest(recipe));
  expect((await house.mortar('export', run, '--out', folder)).code).toBe(2);
});
