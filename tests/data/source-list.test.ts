import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { licenceAllowed, permissive } from '../../activities/data/licence.js';
import { parseSource, type Source } from '../../activities/data/source-list.js';
import type { Json } from '../../recipe/json.js';

interface Recipe {
  profiles: { tiny: Record<'held_out' | 'development' | 'verifier_repositories', string[]> };
}

const sdist = { repo: 'a', version: '1.0', sha256: 'a'.repeat(64), licence: 'MIT', packages: ['a'], tests: ['tests'] };
const parse = (value: Json): Source => parseSource({ value, file: 'list.jsonl', line: 3 });

describe('a line', () => {
  test('of a source distribution gets defaults', () => {
    expect(parse(sdist)).toEqual({ ...sdist, root: '.', requirements: [] });
  });

  test('of a git repository is named after its address', () => {
    const source = parse({ url: 'https://example.org/owner/name.git', commit: 'b'.repeat(40), licence: 'MIT' });
    expect(source).toMatchObject({ repo: 'owner/name', version: 'b'.repeat(12), packages: [] });
  });

  test.each<[Json, string]>([
    ['text', 'list.jsonl, line 3: not an object.'],
    [{ ...sdist, sha256: 'abc' }, `'sha256' is "abc"`],
    [{ ...sdist, licence: undefined as unknown as Json }, "'licence' is missing"],
    [{ ...sdist, role: 'exam' }, `'role' is "exam". It is one of train, verifier, development, test, corpus.`],
    [{ ...sdist, tests: 'tests' }, `'tests' is "tests". It must be a list of texts.`],
    [{ ...sdist, packages: ['../x'] }, "the path '../x' leads out of the tree"],
    [
      { url: 'https://example.org/o/n', commit: 'main', licence: 'MIT' },
      `'commit' is "main". Pin the repository by a full commit`,
    ],
  ])('%j is refused', (value, message) => {
    expect(() => parse(value)).toThrow(message);
  });
});

describe('recipes/data/tiny.jsonl', () => {
  const sources = readFileSync('recipes/data/tiny.jsonl', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseSource({ value: JSON.parse(line) as Json, file: 'tiny.jsonl', line: index + 1 }));
  const of = (role: string): string[] => sources.filter((source) => source.role === role).map(({ repo }) => repo);

  test('is permissively licensed, pinned, and names no repository twice', () => {
    for (const { licence, repo } of sources) expect([repo, licenceAllowed(licence, permissive)]).toEqual([repo, true]);
    expect(new Set(sources.map(({ repo }) => repo)).size).toBe(sources.length);
    expect(sources.flatMap(({ requirements }) => requirements).every((one) => /^[\w.-]+==[\w.]+$/.test(one))).toBe(
      true,
    );
  });

  test('has every role, and tests where they are needed', () => {
    // The recipe says itself which repositories are held out: the roles of the list must agree with it.
    const { tiny } = (parseYaml(readFileSync('recipes/swe-lego.yaml', 'utf8')) as Recipe).profiles;
    expect(of('test').sort()).toEqual([...tiny.held_out].sort());
    expect(of('development').sort()).toEqual([...tiny.development].sort());
    expect(of('verifier').sort()).toEqual([...tiny.verifier_repositories].sort());
    expect(of('train').length).toBeGreaterThanOrEqual(5);
    expect(of('test').length).toBeGreaterThanOrEqual(2);
    expect(of('corpus').length).toBeGreaterThan(40);
    for (const source of sources)
      expect([source.repo, source.tests.length > 0]).toEqual([source.repo, source.role !== 'corpus']);
  });

  test('no test-carrying package has another role among the requirements of its tests and itself', () => {
    const held = new Set(of('test'));
    for (const source of sources.filter(({ role }) => role === 'train' || role === 'verifier')) {
      expect(source.requirements.map((one) => one.split('==')[0]).filter((name) => held.has(name ?? ''))).toEqual([]);
    }
  });
});
