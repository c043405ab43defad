import type { ChatMessage, ModelClient, ModelInput } from '../../models/model.js';
import type { Policy } from './step.js';

export interface ModelPolicyOptions {
  readonly temperature: number;
  /** Most tokens of a reply. */
  readonly reply: number;
  /** Most tokens of a prompt; a longer one ends the rollout. */
  readonly context: number;
  readonly logprobs: boolean;
  readonly stop?: readonly string[];
  /** Seed of the reply at a turn. */
  readonly seed: (turn: number) => number;
  readonly signal: AbortSignal;
}

export function modelPolicy(client: ModelClient, options: ModelPolicyOptions): Policy {
  return {
    async reply(messages: readonly ChatMessage[], turn: number) {
      const reply = await client.chat(
        {
          messages,
          temperature: options.temperature,
          seed: options.seed(turn),
          maxTokens: options.reply,
          ...(options.stop === undefined ? {} : { stop: options.stop }),
          ...(options.logprobs ? { logprobs: true } : {}),
        },
        options.signal,
      );
      const logprob = reply.logprobs?.reduce((sum, token) => sum + token.logprob, 0) ?? null;
      const full = reply.promptTokens >= options.context;
      return {
        content: reply.content,
        finish: full ? 'context' : reply.finish,
        tokens: reply.completionTokens,
        logprob,
      };
    },
  };
}

/** How a trajectory names what acted. */
export function modelName(model: ModelInput): string {
  switch (model.kind) {
    case 'scripted':
      return `scripted:${model.name}`;
    case 'weights':
      return model.digest;
    case 'endpoint':
      return model.revision === undefined ? model.model : `${model.model}@${model.revision}`;
    case 'hub':
      return model.revision === undefined ? model.hub : `${model.hub}@${model.revision}`;
  }
}
