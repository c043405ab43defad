/** What a `models.*` entry of the recipe became. It says what is asked, not where. */
export type ModelInput =
  | { readonly kind: 'scripted'; readonly name: string }
  | {
      readonly kind: 'weights';
      readonly digest: string;
      readonly directory: () => Promise<string>;
      readonly serve: ServeOptions;
    }
  | {
      readonly kind: 'endpoint';
      readonly model: string;
      readonly revision?: string;
      readonly url: string;
      readonly key?: string;
    }
  | { readonly kind: 'hub'; readonly hub: string; readonly revision?: string; readonly serve: ServeOptions };

export interface ServeOptions {
  /** local: our small batched CPU server; vllm and sglang are started where they are installed. @default 'local' */
  readonly engine?: 'local' | 'vllm' | 'sglang';
  /** Context length in tokens. */
  readonly max_length?: number;
  readonly tensor_parallel?: number;
}

export interface ModelsPort {
  /** Connects, starting a local server where weights are given. Probes it: honours seeds, temperature and log-probabilities, or is refused. */
  open(
    model: ModelInput,
    needs?: { readonly logprobs?: boolean; readonly sampling?: boolean },
    signal?: AbortSignal,
  ): Promise<ModelClient>;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature: number;
  readonly seed: number;
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  /** Log-probabilities of the sampled tokens. */
  readonly logprobs?: boolean;
  /** With logprobs: also of that many alternatives at each position. */
  readonly topLogprobs?: number;
}

export interface ChatReply {
  readonly content: string;
  readonly finish: 'stop' | 'length' | 'context';
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top?: readonly { readonly token: string; readonly logprob: number }[];
}

export interface ModelClient {
  chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply>;
  close(): Promise<void>;
}
