import type { Store } from '../../artifacts/open.js';
import type { Checkout } from '../../schemas/records.js';
import type { RecordedRun } from '../lineage/recorded-run.js';

/** The licences of all source trees that a run worked with, as a page. */
export async function licencesPage(store: Store, run: RecordedRun): Promise<string> {
  const digests = new Set(
    [...run.nodes.values()].flatMap(({ outputs }) =>
      Object.values(outputs ?? {}).flatMap(({ kind, digest }) => (kind === 'checkouts' ? [digest] : [])),
    ),
  );
  const rows = new Set<string>();
  for (const digest of digests)
    for await (const { repo, version, licence, commit } of store.artifacts.records<Checkout>(digest))
      rows.add(`| ${repo} | ${version} | ${licence} | ${commit} |`);
  const table =
    rows.size === 0
      ? ['The run worked with no source tree of its own.']
      : ['| source | version | licence | revision |', '| --- | --- | --- | --- |', ...[...rows].sort()];
  return [
    '# Licences',
    '',
    'Tasks, patches and trajectories in this crate hold parts of these source trees, each under its own licence.',
    '',
    ...table,
    '',
  ].join('\n');
}
