import { UserError } from '../recipe/errors.js';
import type { ChatRequest, ModelClient } from './model.js';

export interface Needs {
  readonly logprobs?: boolean;
  readonly sampling?: boolean;
}

const SEEDS = [11, 23, 37, 53];
const QUESTION = { role: 'user', content: 'Write some random words:' } as const;

/**
 * Asks a server a few short questions and refuses it (UserError) where it ignores what is needed. Servers exist that accept `seed`,
 * `temperature` and `logprobs` and drop them: K samples would be K copies, and a verifier could not be scored.
 * Returns what is not refused but worth a warning.
 */
export async function probe(client: ModelClient, name: string, needs: Needs, signal?: AbortSignal): Promise<string[]> {
  const warnings: string[] = [];
  const ask = (request: Partial<ChatRequest>) =>
    client.chat({ messages: [QUESTION], temperature: 1, seed: SEEDS[0] ?? 0, maxTokens: 16, ...request }, signal);
  if (needs.sampling === true) {
    // A trained policy may be sure of its first words at temperature 1; at 2 nothing is.
    const distinct = new Set<string>();
    for (const temperature of [1, 2]) {
      const replies = await Promise.all(SEEDS.map((seed) => ask({ seed, temperature })));
      for (const reply of replies) distinct.add(reply.content);
      if (distinct.size > 1) break;
    }
    if (distinct.size < 2) {
      throw new UserError(
        'model-ignores-sampling',
        `${name} gave one answer for ${SEEDS.length} seeds at temperatures 1 and 2: it ignores the seed or the temperature, so K samples would be K copies. Serve the model with sampling on (vLLM, SGLang, or the local server).`,
      );
    }
    const [first, second] = await Promise.all([ask({ temperature: 2 }), ask({ temperature: 2 })]);
    if (first?.content !== second?.content) {
      warnings.push(`${name} gave two answers for one seed: rollouts through it cannot be reproduced exactly.`);
    }
  }
  if (needs.logprobs === true) {
    const reply = await ask({ maxTokens: 1, temperature: 0, logprobs: true, topLogprobs: 2 });
    const token = reply.logprobs?.[0];
    if (token === undefined || (token.top?.length ?? 0) < 2 || !(token.logprob <= 0)) {
      throw new UserError(
        'model-lacks-logprobs',
        `${name} returns no log-probabilities of alternatives (logprobs, top_logprobs), which a verifier's score is read from. Use a server that does (vLLM, SGLang, or the local server).`,
      );
    }
  }
  return warnings;
}
