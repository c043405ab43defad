import type { Repository } from '../../sandbox/repository.js';
import type { Environment, Instance } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';
import { runLoop, type LoopResult } from './loop.js';
import { numberedCode } from './numbered-code.js';
import type { Policies } from './policies.js';
import { plain } from './protocols/plain.js';
import { terse } from './protocols/terse.js';
import { repositoryBench, type RepositoryBench } from './repository-bench.js';
import type { RolloutParams } from './rollout-params.js';
import type { Tool } from './step.js';
import { finish } from './tools/finish.js';
import { sed } from './tools/sed.js';
import { test } from './tools/test.js';
import { view } from './tools/view.js';

export interface RolloutJob {
  /** `instance_id#sample`: what seeds derive from. */
  readonly key: string;
  readonly instance: Instance;
  readonly environment: Environment;
  readonly params: RolloutParams;
  readonly policies: Policies;
  readonly context: ActivityContext;
}

const TOOLS: readonly Tool<RepositoryBench>[] = [view, sed, test, finish];

/** One rollout with the terse tools, in a private workspace of a warm repository. */
export async function rollInRepository(job: RolloutJob, repository: Repository): Promise<LoopResult> {
  const { instance, params, context } = job;
  const protocol = params.agent.protocol === 'plain' ? plain : terse;
  const patches = instance.bug_patch === '' ? [] : [instance.bug_patch];
  const workspace = await repository.workspace(patches, context.signal);
  try {
    const bench = repositoryBench(instance, workspace, params.test_timeout);
    const visible = await bench.visible();
    // The single turn of the plain form is an edit, whatever the tools of the agent form are.
    const offered = protocol.singleTurn ? ['sed'] : params.agent.tools;
    return await runLoop({
      policy: job.policies.policy(job.key, instance, visible, protocol),
      protocol,
      tools: new Map(TOOLS.filter(({ name }) => offered.includes(name)).map((tool) => [tool.name, tool])),
      bench,
      opening: protocol.opening(instance, numberedCode(visible)),
      diff: () => workspace.diff(),
      maxTurns: params.max_turns,
      budgets: params.budgets,
      formatErrors: params.format_errors,
    });
  } finally {
    await workspace.close();
  }
}
