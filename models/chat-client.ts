import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import type { ChatReply, ChatRequest, ModelClient, TokenLogprob } from './model.js';

export interface Endpoint {
  /** Base address, with or without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** For error messages. */
  readonly name: string;
  /** Milliseconds for one reply. @default 600000 */
  readonly timeout?: number;
  /** @default 4 */
  readonly retries?: number;
}

/** A client of an OpenAI-compatible endpoint. Throws UserError where the endpoint refuses the request, InfrastructureError where it fails. */
export function chatClient(endpoint: Endpoint, onClose: () => Promise<void> = () => Promise.resolve()): ModelClient {
  const client = new OpenAI({
    baseURL: /\/v\d+\/?$/.test(endpoint.url) ? endpoint.url : `${endpoint.url.replace(/\/$/, '')}/v1`,
    apiKey: endpoint.key ?? 'none',
    timeout: endpoint.timeout ?? 600_000,
    maxRetries: endpoint.retries ?? 4,
  });
  return {
    close: onClose,
    async chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply> {
      try {
        const completion = await client.chat.completions.create(
          {
            model: endpoint.model,
            messages: request.messages.map(({ role, content }) => ({ role, content })),
            temperature: request.temperature,
            seed: request.seed,
            max_tokens: request.maxTokens,
            ...(request.stop === undefined || request.stop.length === 0 ? {} : { stop: [...request.stop] }),
            ...(request.logprobs === true ? { logprobs: true } : {}),
            ...(request.logprobs === true && request.topLogprobs !== undefined
              ? { top_logprobs: request.topLogprobs }
              : {}),
          },
          signal === undefined ? {} : { signal },
        );
        return toReply(completion, request, endpoint);
      } catch (error) {
        signal?.throwIfAborted();
        if (isContextOverflow(error)) return { content: '', finish: 'context', promptTokens: 0, completionTokens: 0 };
        throw explain(error, endpoint);
      }
    },
  };
}

function toReply(completion: OpenAI.ChatCompletion, request: ChatRequest, endpoint: Endpoint): ChatReply {
  const choice = completion.choices[0];
  if (choice === undefined)
    throw new InfrastructureError('model-reply', `${endpoint.name} (${endpoint.url}) answered without a choice.`);
  const completionTokens = completion.usage?.completion_tokens ?? 0;
  // Cut before the limit that was asked: the context was full.
  const full = choice.finish_reason === 'length' && completionTokens < request.maxTokens;
  const tokens = choice.logprobs?.content;
  return {
    content: choice.message.content ?? '',
    finish: full ? 'context' : choice.finish_reason === 'length' ? 'length' : 'stop',
    promptTokens: completion.usage?.prompt_tokens ?? 0,
    completionTokens,
    ...(tokens === null || tokens === undefined ? {} : { logprobs: tokens.map(toLogprob) }),
  };
}

function toLogprob(token: OpenAI.ChatCompletionTokenLogprob): TokenLogprob {
  return {
    token: token.token,
    logprob: token.logprob,
    ...(token.top_logprobs.length > 0
      ? { top: token.top_logprobs.map((top) => ({ token: top.token, logprob: top.logprob })) }
      : {}),
  };
}

/** OpenAI's code, and the words of vLLM and SGLang, which give no code. */
function isContextOverflow(error: unknown): boolean {
  return (
    error instanceof APIError &&
    error.status === 400 &&
    (error.code === 'context_length_exceeded' ||
      /maximum context length|longer than the model's context length|context length.*exceed/i.test(error.message))
  );
}

function explain(error: unknown, endpoint: Endpoint): unknown {
  if (error instanceof APIUserAbortError || !(error instanceof APIError)) return error;
  const where = `${endpoint.name} (${endpoint.url}, model ${endpoint.model})`;
  if (error instanceof APIConnectionError) {
    return new InfrastructureError(
      'model-unreachable',
      `${where} does not answer: ${error.message}`,
      {},
      { cause: error },
    );
  }
  const status = typeof error.status === 'number' ? error.status : 0;
  if (status === 401 || status === 403) {
    return new UserError(
      'model-refused',
      `${where} refuses the key (${status}). Set the secret that the recipe names for it.`,
      {},
      { cause: error },
    );
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 429) {
    return new UserError('model-refused', `${where} refuses the request: ${error.message}`, {}, { cause: error });
  }
  return new InfrastructureError(
    'model-failed',
    `${where} failed after retries: ${error.message}`,
    {},
    { cause: error },
  );
}
