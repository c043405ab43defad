import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const RULES = 23;

interface Row {
  readonly rule: number;
  readonly name: string;
  readonly file: string;
}

const rows: Row[] = readFileSync(join(import.meta.dirname, '../../docs/durability.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, rule = '', , name = '', file = '']) => ({ rule: Number(rule), name, file }));

test('every rule of the engine names a test that is there', () => {
  expect([...new Set(rows.map(({ rule }) => rule))]).toEqual(Array.from({ length: RULES }, (_, rule) => rule + 1));
  const missing = rows.filter(({ name, file }) => {
    const path = join(import.meta.dirname, '..', file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return !['test', 'it'].some((word) =>
      [`'${name}'`, `"${name}"`].some((quoted) =>
        new RegExp(`\\b${word}(\\.\\w+\\([^)]*\\))?\\(\\s*${escaped(quoted)}`).test(text),
      ),
    );
  });
  expect(missing).toEqual([]);
});

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
