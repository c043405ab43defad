import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkout } from '../../../schemas/records.js';
import type { ActivityContext } from '../../activity.js';
import { rejected, type Rejection } from './fix.js';

interface Packed {
  readonly ok: boolean;
  readonly message?: string;
  readonly missing?: readonly string[];
}

/**
 * Packs an earlier tree of a repository, as data/collect packs, with the paths, requirements and licence of the checkout
 * that is known; paths that the earlier tree lacks are left out.
 */
export async function packBase(
  known: Checkout,
  { version, commit, source }: { readonly version: string; readonly commit: string; readonly source: string },
  context: ActivityContext,
): Promise<{ readonly base: Checkout } | { readonly rejection: Rejection }> {
  const output = join(context.directory, `${commit}.tar`);
  const fileOf = (test: string): string => test.split('::')[0] ?? test;
  const expect = [known.root, ...known.packages, ...known.tests.map(fileOf)];
  try {
    const name = `${known.repo} ${version}`;
    for await (const reply of context.trainer.stream('pack_tree', [{ name, source, output, expect }], context.signal)) {
      const { ok, message = name, missing = [] } = reply as unknown as Packed;
      if (!ok) return rejected('bad_archive', message);
      const there = (path: string): boolean => !missing.includes(fileOf(path));
      const [packages, tests] = [known.packages.filter(there), known.tests.filter(there)];
      const lacks = !there(known.root) || tests.length === 0 || (known.packages.length > 0 && packages.length === 0);
      if (lacks) return rejected('missing_path', `${name} has no ${missing.join(', ')}`);
      const archive = await context.blobs.putFile(output);
      return { base: { ...known, version, commit, packages, tests, archive, earlier: true } };
    }
    throw new Error(`pack_tree did not answer for ${name}`);
  } finally {
    await rm(output, { force: true });
  }
}
