import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { diagnosticCodes } from '../../recipe/diagnostics/diagnostic-codes.js';
import { diagnosticsPage } from '../../recipe/diagnostics/diagnostics-page.js';

const golden = new URL('../golden/', import.meta.url);

/** Codes that no recipe of tests/golden can give, with what tests them instead. */
const elsewhere: Readonly<Record<string, string>> = {
  'invalid-activity': 'tests/engine/modules/loaded-modules.test.ts: needs modules',
  'module-broken': 'tests/engine/modules/loaded-modules.test.ts: needs modules',
  'module-not-found': 'tests/engine/modules/loaded-modules.test.ts: needs modules',
  'file-too-large': 'tests/recipe/syntax/source.test.ts: the file would have 16 MB',
  'plan-too-large': 'tests/integration/recipe-fuzz.test.ts: 200,000 stages take seconds',
  'lock-differs': 'tests/recipe/explain/lock.test.ts: stands in a lock file',
  'not-locked': 'tests/recipe/explain/lock.test.ts: stands in a lock file',
  'set-changes-nothing': 'tests/recipe/check/requests.test.ts: asked for on the command line',
  'set-prunes-stage': 'tests/recipe/check/requests.test.ts: asked for on the command line',
  'set-reads-new-stage': 'tests/recipe/check/requests.test.ts: asked for on the command line',
};

test('docs/diagnostics.md is what the catalogue gives (npm run generate)', async () => {
  const path = fileURLToPath(new URL('../../docs/diagnostics.md', import.meta.url));
  const page = await format(diagnosticsPage(), { ...(await resolveConfig(path)), filepath: path });
  if (process.env['UPDATE_GOLDEN']) writeFileSync(path, page);
  expect(readFileSync(path, 'utf8')).toBe(page);
});

test('every code is given by a golden recipe, or tested elsewhere', () => {
  const found = new Map<string, Set<string>>();
  for (const name of readdirSync(golden).filter((entry) => entry.endsWith('.yaml'))) {
    const text = readFileSync(new URL(name, golden), 'utf8');
    for (const [, severity = '', code = ''] of text.matchAll(/^# \S*\d+:\d+-\S+ (error|warning) ([a-z-]+):/gm))
      found.set(code, (found.get(code) ?? new Set()).add(severity));
  }
  const untested = Object.keys(diagnosticCodes).filter((code) => !found.has(code) && !Object.hasOwn(elsewhere, code));
  expect(untested).toEqual([]);
  expect(Object.keys(elsewhere).filter((code) => found.has(code))).toEqual([]);
  for (const [code, severities] of found)
    expect([code, ...severities]).toEqual([code, diagnosticCodes[code as keyof typeof diagnosticCodes].severity]);
});

test('the catalogue speaks in whole sentences', () => {
  for (const [code, { meaning, mend }] of Object.entries(diagnosticCodes)) {
    expect([code, meaning]).toEqual([code, expect.stringMatching(/^[A-Z`].*\.$/)]);
    expect([code, mend]).toEqual([code, expect.stringMatching(/^[A-Z`].*[.]$/)]);
  }
});
