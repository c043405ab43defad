import { join } from 'node:path';
import { checkoutFolder } from '../../../sandbox/checkout-folder.js';
import type { Checkout } from '../../../schemas/records.js';
import type { ActivityContext } from '../../activity.js';
import { instanceId } from '../instance-id.js';
import { askTrainer, type Fetched } from './ask-trainer.js';
import { changelogEntries } from './changelog.js';
import { inTime, rejected, type Miner, type Rejection } from './fix.js';
import { packBase } from './pack-base.js';
import { splitPatch } from './split-patch.js';
import { treeDiff } from './tree-diff.js';

interface Release {
  readonly version: string;
  readonly sha256: string;
  readonly uploaded: string | null;
}

type Listed = Fetched & { readonly releases?: readonly Release[] };

/**
 * The pinned source distribution against the release before it, that one against the one before it, and so on. A release is
 * never changed once it is out, so the pinned one decides what there is.
 */
export const fromReleases: Miner = async function* ({ checkout, given, params, context }) {
  if (!/^[0-9a-f]{64}$/.test(checkout.commit)) {
    yield rejected('no-release', `${checkout.repo} ${checkout.version} is no source distribution`);
    return;
  }
  const listed = await askTrainer<Listed>('list_sdists', [{ repo: checkout.repo }], context);
  if (!listed.ok) {
    yield rejected('no-release', listed.message ?? checkout.repo);
    return;
  }
  const all = listed.releases ?? [];
  const uploaded = all.find(({ version }) => version === checkout.version)?.uploaded ?? null;
  // An older line may get releases after the pinned one: they are not part of what it decides.
  const releases = all.filter((one) => uploaded === null || one.uploaded === null || one.uploaded <= uploaded);
  const place = releases.findIndex(({ version }) => version === checkout.version);
  if (place === -1) {
    yield rejected('no-release', `the index lists no final release ${checkout.version} of ${checkout.repo}`);
    return;
  }
  let newer = checkout;
  for (let index = place; index > place - params.limits.scanned; index -= 1) {
    const [release, older] = [releases[index], releases[index - 1]];
    if (release === undefined || older === undefined) {
      yield rejected('no-earlier-release', `${checkout.repo} ${release?.version ?? ''} is the first release`);
      return;
    }
    const made = release.uploaded ?? undefined;
    if (made !== undefined && params.since !== null && Date.parse(made) < Date.parse(params.since)) return;
    const found = await baseOf(older, newer, given, context);
    if ('rejection' in found) {
      yield found;
      return;
    }
    const { base } = found;
    if (inTime(made, params)) {
      const what = `${base.repo} ${base.version} -> ${newer.version}`;
      const diff = await diffOf(base, newer, params.timeout, context);
      const split = splitPatch(diff, newer, params.limits);
      if ('reason' in split) yield rejected(split.reason, `${what}: ${split.message}`);
      else {
        yield {
          fix: {
            instance_id: instanceId(base, 'release', `${base.commit}\n${newer.commit}`),
            base,
            ...split,
            text: changelogEntries(diff),
            ...(made === undefined ? {} : { created_at: made }),
            origin: { from: 'releases', base: base.commit, fix: newer.version },
          },
        };
      }
    }
    newer = base;
  }
};

async function baseOf(
  { version, sha256 }: Release,
  newer: Checkout,
  given: readonly Checkout[],
  context: ActivityContext,
): Promise<{ readonly base: Checkout } | { readonly rejection: Rejection }> {
  const pinned = given.find((one) => one.version === version);
  if (pinned !== undefined) return { base: pinned };
  const options = { cache: join(context.cache, 'sdists') };
  const fetched = await askTrainer<Fetched>(
    'fetch_sdist',
    [{ options }, { repo: newer.repo, version, sha256 }],
    context,
  );
  if (!fetched.ok || fetched.path === undefined)
    return rejected(fetched.code ?? 'missing_file', fetched.message ?? `${newer.repo} ${version}`);
  return packBase(newer, { version, commit: sha256, source: fetched.path }, context);
}

async function diffOf(base: Checkout, newer: Checkout, timeout: number, context: ActivityContext): Promise<string> {
  const { blobs, cache, directory, signal } = context;
  const before = await checkoutFolder(base, blobs, cache);
  const after = await checkoutFolder(newer, blobs, cache);
  return treeDiff(before, after, join(directory, `diff-${base.commit.slice(0, 12)}`), { signal, timeout });
}
