import { UserError } from '../../recipe/errors.js';
import type { LoopResult } from './loop.js';
import type { RolloutJob } from './roll-in-repository.js';

/** One rollout with a shell and an editor, in a sandbox of its own. */
export function rollInShell(job: RolloutJob): Promise<LoopResult> {
  return Promise.reject(
    new UserError('protocol-text', `agent/rollout: protocol 'text' cannot open a sandbox for ${job.instance.repo}.`),
  );
}
