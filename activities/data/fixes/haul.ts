import type { Checkout, Instance } from '../../../schemas/records.js';
import type { ActivityContext } from '../../activity.js';
import { applyPatch, PatchError } from '../../validate/apply-patch.js';
import { checkoutReader } from '../../validate/checkout-files.js';
import type { Fix, Miner, MiningParams, Rejection } from './fix.js';
import { focusesOf } from './focus.js';
import { toldText } from './told-text.js';

/** What one repository gave. */
export interface Haul {
  readonly instances: Instance[];
  readonly checkouts: Checkout[];
  readonly rejections: Record<string, { count: number; messages: string[] }>;
}

/** Rejections of one reason that are told in full, of each repository. */
const TOLD = 5;

/** Looks for fixes until there are enough, and leaves out what cannot be used. */
export async function haul(
  given: readonly Checkout[],
  miner: Miner,
  params: MiningParams,
  context: ActivityContext,
): Promise<Haul> {
  const fixes = new Map<string, Fix>();
  const rejections: Haul['rejections'] = {};
  const reject = ({ reason, message }: Rejection): void => {
    const known = (rejections[reason] ??= { count: 0, messages: [] });
    known.count += 1;
    if (known.messages.length < TOLD) known.messages.push(message);
  };
  for (const checkout of given) {
    if (fixes.size >= params.limits.per_repository) break;
    for await (const mined of miner({ checkout, given, params, context })) {
      context.signal.throwIfAborted();
      if ('rejection' in mined) {
        reject(mined.rejection);
        continue;
      }
      const { fix } = mined;
      if (fixes.has(fix.instance_id)) continue;
      const problem = await unfit(fix, context);
      if (problem !== null) reject(problem);
      else fixes.set(fix.instance_id, fix);
      if (fixes.size >= params.limits.per_repository) break;
    }
  }
  const found = [...fixes.values()];
  const focuses = await focusesOf(found, context);
  const known = new Set(given.map(({ commit }) => commit));
  const bases = new Map(found.map(({ base }) => [base.commit, base]));
  return {
    instances: found.map((fix) => draft(fix, focuses.get(fix.instance_id) as Instance['focus'])),
    checkouts: [...bases.values()].filter(({ commit }) => !known.has(commit)),
    rejections,
  };
}

/** Why the patches cannot be used on the tree that they are said to be made on. */
async function unfit(
  { base, patch, test_patch, instance_id: id }: Fix,
  context: ActivityContext,
): Promise<Rejection | null> {
  const read = await checkoutReader(base, context);
  try {
    for (const one of [patch, test_patch]) await applyPatch(one, read);
    return null;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { reason: 'patch-not-applied', message: `${id}: ${error.message}` };
  }
}

function draft(fix: Fix, focus: Instance['focus']): Instance {
  const { base, patch, test_patch, hints_text, created_at, origin } = fix;
  return {
    instance_id: fix.instance_id,
    repo: base.repo,
    version: base.version,
    base_commit: base.commit,
    source: 'real',
    environment_id: '',
    problem_statement: toldText(fix.text, patch),
    patch,
    bug_patch: '',
    test_patch,
    focus,
    status: 'draft',
    FAIL_TO_PASS: [],
    PASS_TO_PASS: [],
    ...(created_at === undefined ? {} : { created_at }),
    ...(hints_text === undefined ? {} : { hints_text }),
    origin,
  };
}
