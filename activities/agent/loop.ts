import type { ChatMessage } from '../../models/model.js';
import type { Trajectory } from '../../schemas/records.js';
import type { Observation, Policy, Protocol, Tool } from './step.js';

export interface LoopOptions<Bench> {
  readonly policy: Policy;
  readonly protocol: Protocol;
  readonly tools: ReadonlyMap<string, Tool<Bench>>;
  readonly bench: Bench;
  readonly opening: readonly ChatMessage[];
  /** The patch as it stands. */
  readonly diff: () => Promise<string>;
  readonly maxTurns: number;
  /** Turns after which the patch is kept. The agent is never told of them. */
  readonly budgets: readonly number[];
  /** That many replies in a row that are no call of a known tool end the rollout. */
  readonly formatErrors: number;
}

export type LoopResult = Pick<
  Trajectory,
  'messages' | 'patch' | 'patches' | 'exit' | 'turns' | 'valid_call' | 'tokens' | 'logprob'
>;

/** Policy and tools in turns, until one of the exits. Steps are neutral: the protocol alone knows how they are written. */
export async function runLoop<Bench>(options: LoopOptions<Bench>): Promise<LoopResult> {
  const { policy, protocol } = options;
  const messages: LoopResult['messages'] = options.opening.map((message) => ({ ...message }));
  const patches: Record<string, string> = {};
  const maxTurns = protocol.singleTurn ? 1 : options.maxTurns;
  let exit: LoopResult['exit'] = 'max_turns';
  let turns = 0;
  let tokens = 0;
  let logprob: number | null = 0;
  let patch = '';
  let patchIsCurrent = true;
  let anyEdit = false;
  let badReplies = 0;

  while (turns < maxTurns) {
    const reply = await policy.reply(chatOf(messages), turns);
    tokens += reply.tokens;
    logprob = logprob === null || reply.logprob === null ? null : logprob + reply.logprob;
    if (reply.finish === 'context') {
      exit = 'context';
      break;
    }
    turns += 1;
    const { observation, tool, bad } = await step(options, reply.content);
    badReplies = bad ? badReplies + 1 : 0;
    messages.push({ role: 'assistant', content: reply.content, ...(tool === undefined ? {} : { tool }) });
    if (observation.edited === true) {
      anyEdit = true;
      patchIsCurrent = false;
    }
    if (options.budgets.includes(turns)) {
      if (!patchIsCurrent) patch = await options.diff();
      patchIsCurrent = true;
      patches[turns] = patch;
    }
    if (observation.finished === true || protocol.singleTurn) {
      exit = bad ? 'format' : 'finish';
      break;
    }
    messages.push({
      role: 'user',
      content: observation.text,
      ...(tool === undefined ? {} : { tool }),
      ...(observation.error === undefined ? {} : { error: observation.error }),
      ...(observation.exitCode === undefined ? {} : { exit_code: observation.exitCode }),
    });
    if (badReplies >= options.formatErrors) {
      exit = 'format';
      break;
    }
  }
  if (!patchIsCurrent) patch = await options.diff();
  for (const budget of options.budgets) patches[budget] ??= patch;
  return { messages, patch, patches, exit, turns, valid_call: anyEdit, tokens, logprob };
}

async function step<Bench>(
  options: LoopOptions<Bench>,
  content: string,
): Promise<{ observation: Observation; tool?: string; bad: boolean }> {
  const parsed = options.protocol.parse(content);
  if (!parsed.ok) return { observation: { text: parsed.observation, error: 'invocation' }, bad: true };
  const tool = options.tools.get(parsed.call.tool);
  if (tool === undefined) {
    return { observation: { text: options.protocol.unknownTool(parsed.call.tool), error: 'invocation' }, bad: true };
  }
  return { observation: await tool.run(parsed.call, options.bench), tool: tool.name, bad: false };
}

function chatOf(messages: LoopResult['messages']): ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, content }));
}
