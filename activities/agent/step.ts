import type { ChatMessage } from '../../models/model.js';
import type { Instance, Trajectory } from '../../schemas/records.js';

/** One tool call, whatever the protocol wrote it as. */
export interface Call {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string>>;
}

export type ParsedReply =
  | { readonly ok: true; readonly call: Call }
  /** `observation` is what the agent is told. */
  | { readonly ok: false; readonly observation: string };

/** How calls and tasks are written as chat messages. */
export interface Protocol {
  readonly name: 'terse' | 'plain' | 'text';
  /** One reply and no observation: the form that pre-training teaches. */
  readonly singleTurn: boolean;
  readonly stop?: readonly string[];
  /** `code` is the numbered code of the focus; null where it was not looked up. It names neither turn limit nor budgets. */
  opening(instance: Instance, code: string | null): ChatMessage[];
  parse(reply: string): ParsedReply;
  format(call: Call): string;
  unknownTool(tool: string): string;
}

export type ErrorKind = NonNullable<Trajectory['messages'][number]['error']>;

export interface Observation {
  readonly text: string;
  /** How the call went wrong; absent where it did not. */
  readonly error?: ErrorKind;
  readonly exitCode?: number;
  /** The call changed a file. */
  readonly edited?: boolean;
  /** The agent is done; nothing is shown. */
  readonly finished?: boolean;
}

/** One file a tool. `Bench` is what it works on: a repository's workspace, or a shell. */
export interface Tool<Bench> {
  readonly name: string;
  run(call: Call, bench: Bench): Promise<Observation>;
}

export interface PolicyReply {
  readonly content: string;
  readonly finish: 'stop' | 'length' | 'context';
  /** Sampled tokens. */
  readonly tokens: number;
  /** Sum over the sampled tokens; null where it is unknown. */
  readonly logprob: number | null;
}

/** What acts: a model, or the scripted teacher. */
export interface Policy {
  /** @param turn counts from 0 */
  reply(messages: readonly ChatMessage[], turn: number): Promise<PolicyReply>;
}
