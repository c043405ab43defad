import type { Environment } from '../../schemas/records.js';
import type { Blobs } from '../activity.js';
import { isIn, isTest } from './test-files.js';

/** By file, the functions of the repository's own packages that at least one stable test reaches. Test files are left out. */
export async function coveredSymbols(environment: Environment, blobs: Blobs): Promise<Record<string, string[]>> {
  if (environment.coverage === undefined) return {};
  const coverage = JSON.parse((await blobs.get(environment.coverage)).toString('utf8')) as Record<string, string[]>;
  const stable = new Set(environment.stable);
  const { packages, tests } = environment.checkout;
  const testPaths = tests.map((test) => test.split('::')[0] ?? test);
  const symbols: Record<string, string[]> = {};
  for (const name of Object.keys(coverage).sort()) {
    const [file, symbol] = name.split('::');
    if (file === undefined || symbol === undefined) continue;
    if (!packages.some((path) => isIn(file, path)) || testPaths.some((path) => isIn(file, path)) || isTest(file))
      continue;
    if (coverage[name]?.some((test) => stable.has(test)) !== true) continue;
    (symbols[file] ??= []).push(symbol);
  }
  return symbols;
}
