import { join } from 'node:path';
import type { Store } from '../../artifacts/open.js';
import { UserError } from '../../recipe/errors.js';
import { pullArtifact } from './pull-artifact.js';
import type { RunView } from './run-view.js';

/** Digest of the report that the last finished report stage made; undefined where the run has none (yet). */
export function reportDigest(view: RunView): string | undefined {
  const reports = [...view.nodes.values()]
    .sort((left, right) => right.node - left.node)
    .flatMap(({ outputs }) => Object.values(outputs ?? {}).filter(({ kind }) => kind === 'report'));
  return reports[0]?.digest;
}

/**
 * Fetches a run's report, by default into reports/RUN, and gives the path of its page.
 * @throws UserError `no-report`
 */
export async function pullReport(
  store: Store,
  view: RunView,
  folder = join('reports', view.record.id),
): Promise<string> {
  const digest = reportDigest(view);
  if (!digest) {
    throw new UserError(
      'no-report',
      `Run ${view.record.id} is ${view.state.state} and has no report: no stage with report/write is finished. Look with: mortar status ${view.record.id}`,
    );
  }
  await pullArtifact(store, digest, folder);
  return join(folder, 'report.html');
}
