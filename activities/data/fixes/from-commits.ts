import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instanceId } from '../instance-id.js';
import { rejected, type Miner } from './fix.js';
import { History, NoHistory } from './history.js';
import { packBase } from './pack-base.js';
import { splitPatch, touchesBoth } from './split-patch.js';

/**
 * Commits before the pinned one, on its first-parent line: a merge counts as one change, against what it was merged into.
 * The pinned commit decides what there is, so the same is found anywhere and at any time.
 */
export const fromCommits: Miner = async function* ({ checkout, params, context }) {
  if (!/^[0-9a-f]{40}$/.test(checkout.commit)) {
    yield rejected('no-repository', `${checkout.repo} ${checkout.version} is no commit of a git repository`);
    return;
  }
  const url = params.remote.replaceAll('{repo}', checkout.repo);
  let history: History;
  try {
    history = await History.fetch(url, checkout.commit, params.timeout, context);
  } catch (error) {
    if (!(error instanceof NoHistory)) throw error;
    yield rejected('no-history', `${checkout.repo}: ${error.message}`);
    return;
  }
  for (const change of await history.changes(params.since, params.until, params.limits.scanned)) {
    const what = `${checkout.repo} ${change.commit.slice(0, 12)}`;
    const files = await history.changedFiles(change);
    if (!touchesBoth(files, checkout)) {
      yield rejected('not-source-and-tests', `${what} does not change both source and tests`);
      continue;
    }
    const split = splitPatch(await history.diff(change), checkout, params.limits);
    if ('reason' in split) {
      yield rejected(split.reason, `${what}: ${split.message}`);
      continue;
    }
    const version = change.parent.slice(0, 12);
    const tree = join(context.directory, `tree-${change.parent}`);
    try {
      await history.writeTree(change.parent, tree);
      const packed = await packBase(checkout, { version, commit: change.parent, source: tree }, context);
      if ('rejection' in packed) {
        yield packed;
        continue;
      }
      yield {
        fix: {
          instance_id: instanceId({ repo: checkout.repo, version }, 'commit', change.commit),
          base: packed.base,
          ...split,
          text: change.message,
          created_at: change.time,
          origin: { from: 'commits', base: change.parent, fix: change.commit },
        },
      };
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  }
};
