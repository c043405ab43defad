import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Diagnostic } from '../../recipe/diagnostics/diagnostic.js';
import type { LockFile } from '../../recipe/explain/lock.js';
import { CommandLine } from './command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'mortar-lock-'));
const mortar = new CommandLine(folder, process.env);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = join(folder, 'recipes', 'verdicts.lock.json');
const data = join(folder, 'recipes', 'data.jsonl');
mkdirSync(join(folder, 'recipes'));
writeFileSync(data, '');
writeFileSync(
  join(folder, 'recipes', 'verdicts.yaml'),
  [
    ...['mortar: 1', 'name: verdicts', 'default_profile: small'],
    ...['params:', '  list: { type: file, default: data.jsonl }', '  seed: { type: integer, default: 17 }'],
    ...['profiles:', '  small: {}', '  large: { seed: 18 }'],
    ...['stages:', '  verdicts:', '    uses: data/import', '    inputs: { file: params.list }'],
    ...['    with: { kind: verdicts }', '    expect: outputs.records < params.seed', ''],
  ].join('\n'),
);

const lock = () => JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile;
const check = async (...more: string[]): Promise<Diagnostic[]> => {
  const { stdout } = await mortar.run('check', 'recipes/verdicts.yaml', '--locked', '--format', 'json', ...more);
  return JSON.parse(stdout) as Diagnostic[];
};

test('a recipe that was never locked is refused by --locked, with the command that locks it', async () => {
  const { code, stderr } = await mortar.run('run', 'recipes/verdicts.yaml', '--locked');
  expect(code).toBe(2);
  expect(stderr).toContain('mortar lock recipes/verdicts.yaml --profile small');
});

test('profiles are locked one by one, and the same again gives the same bytes, from whichever folder', async () => {
  const locked = await mortar.run('lock', 'recipes/verdicts.yaml');
  expect(locked.code, locked.stderr).toBe(0);
  expect((await mortar.run('lock', 'recipes/verdicts.yaml', '--profile', 'large')).code).toBe(0);
  const first = readFileSync(lockFile, 'utf8');
  expect(Object.keys(lock().profiles)).toEqual(['large', 'small']);
  expect(lock().profiles['small']).toMatchObject({
    params: { list: 'data.jsonl', seed: 17 },
    activities: {
      'data/import': {
        version: expect.any(Number) as number,
        source: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      },
    },
    packages: {
      node: expect.stringMatching(/^sha256:/) as string,
      trainer: expect.stringMatching(/^sha256:/) as string,
    },
  });
  expect(Object.keys(lock().profiles['small']?.files ?? {})).toEqual(['data.jsonl']);
  expect(first).not.toContain(folder);
  renameSync(lockFile, `${lockFile}.old`);
  const inside = new CommandLine(join(folder, 'recipes'), process.env);
  for (const profile of ['large', 'small']) await inside.run('lock', 'verdicts.yaml', '--profile', profile);
  expect(readFileSync(lockFile, 'utf8')).toBe(first);
  expect(await check()).toEqual([]);
});

test('each difference is a finding at its line of the lock file; check, plan and run refuse it with 2', async () => {
  writeFileSync(data, '{}\n');
  const found = await check('--profile', 'small', '--set', 'seed=19');
  expect(found.map(({ code, file }) => [code, file])).toEqual([
    ['lock-differs', 'recipes/verdicts.lock.json'],
    ['lock-differs', 'recipes/verdicts.lock.json'],
  ]);
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  expect(found.map(({ line }) => lines[line - 1]?.trim().split(':')[0])).toEqual(['"data.jsonl"', '"seed"']);
  // Both profiles use the file.
  expect((await check()).map(({ message }) => message.split(' is ')[0])).toEqual([
    'file data.jsonl',
    'file data.jsonl',
  ]);
  for (const command of ['plan', 'run']) {
    const { code, stderr } = await mortar.run(command, 'recipes/verdicts.yaml', '--locked');
    expect(code).toBe(2);
    expect(stderr).toContain('file data.jsonl is locked as');
  }
  writeFileSync(data, '');
  expect((await mortar.run('plan', 'recipes/verdicts.yaml', '--locked', '--no-store')).code).toBe(0);
});

test('what belongs to the machine and the checkout is locked as well', async () => {
  const changed = lock();
  const small = changed.profiles['small'];
  if (!small) throw new Error('not locked');
  const other = {
    ...small,
    tools: { ...small.tools, temporal: '0.0.1' },
    packages: { ...small.packages, trainer: 'x' },
  };
  writeFileSync(lockFile, JSON.stringify({ ...changed, profiles: { small: other } }));
  expect((await check()).map(({ message }) => message.split(' as ')[0])).toEqual([
    'the lock of the trainer packages is locked',
    'temporal is locked',
  ]);
});

test('a file that is no lock file is not written over', async () => {
  writeFileSync(lockFile, '[]');
  const { code, stderr } = await mortar.run('lock', 'recipes/verdicts.yaml');
  expect(code).toBe(2);
  expect(stderr).toContain('is no lock file');
});
