import { openShell } from '../../sandbox/shells.js';
import type { Instance } from '../../schemas/records.js';
import { runLoop, type LoopResult } from './loop.js';
import { text } from './protocols/text.js';
import type { RolloutJob } from './roll-in-repository.js';
import { shellBench, type ShellBench } from './shell-bench.js';
import type { Tool } from './step.js';
import { bash } from './tools/bash.js';
import { editor } from './tools/editor.js';
import { finish } from './tools/finish.js';
import { think } from './tools/think.js';

/** By the name that recipes use. */
const TOOLS: Readonly<Record<string, Tool<ShellBench>>> = { bash, editor, think, finish };

/** One rollout with a shell and an editor, in a sandbox of its own. */
export async function rollInShell(job: RolloutJob): Promise<LoopResult> {
  const { instance, environment, params, context } = job;
  const patches = instance.bug_patch === '' ? [] : [instance.bug_patch];
  const shell = await openShell(environment, { patches, hidden: hiddenFiles(instance) }, context);
  try {
    const tools = params.agent.tools.flatMap((name) => TOOLS[name] ?? []);
    return await runLoop({
      policy: job.policies.policy(job.key, instance, [], text),
      protocol: text,
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      bench: shellBench(shell),
      opening: text.opening(instance, null),
      diff: () => shell.diff(),
      maxTurns: params.max_turns,
      budgets: params.budgets,
      formatErrors: params.format_errors,
    });
  } finally {
    await shell.close();
  }
}

/** Whole files: a visible test in the file of a hidden one goes with it. Grading restores them. */
export function hiddenFiles(instance: Instance): string[] {
  return [...new Set(instance.FAIL_TO_PASS.map((test) => test.split('::')[0] ?? '').filter((file) => file !== ''))];
}
