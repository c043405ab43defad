import type { JsonObject } from '../../recipe/json.js';
import { durationParam, milliseconds } from '../duration.js';
import { DEFAULT_MISTAKES, type Mistakes } from './scripted-teacher.js';

export interface AgentParams {
  readonly tools: readonly string[];
  readonly protocol: 'terse' | 'plain' | 'text';
  readonly context: number;
  readonly reply: number;
}

export interface RolloutParams {
  readonly agent: AgentParams;
  readonly max_turns: number;
  readonly budgets: readonly number[];
  readonly samples: number;
  readonly temperature: number;
  readonly format_errors: number;
  /** Milliseconds. */
  readonly test_timeout: number;
  readonly logprobs: boolean;
  readonly mistakes: Mistakes;
}

const share = { type: 'number', minimum: 0, maximum: 1 };

export const rolloutParams = {
  type: 'object',
  additionalProperties: false,
  properties: {
    agent: {
      type: 'object',
      additionalProperties: false,
      description: 'Tool surface, protocol and token limits.',
      default: {},
      properties: {
        tools: {
          type: 'array',
          items: { enum: ['view', 'sed', 'test', 'finish', 'bash', 'editor', 'think'] },
          default: ['view', 'sed', 'test', 'finish'],
          description: 'view, sed, test and finish with terse and plain; bash, editor, think and finish with text.',
        },
        protocol: { enum: ['terse', 'plain', 'text'], default: 'terse', description: 'How calls are written.' },
        context: { type: 'integer', minimum: 1, default: 320, description: 'Most tokens of a prompt.' },
        reply: { type: 'integer', minimum: 1, default: 24, description: 'Most tokens of a reply.' },
      },
    },
    max_turns: { type: 'integer', minimum: 1, default: 6, description: 'Assistant turns, at most.' },
    budgets: {
      type: 'array',
      items: { type: 'integer', minimum: 1 },
      default: [],
      description: 'Turns after which the patch is kept, for sequential scaling. The prompt never names them.',
    },
    samples: { type: 'integer', minimum: 1, default: 1, description: 'Rollouts an instance.' },
    temperature: { type: 'number', minimum: 0, default: 0, description: '0 is greedy.' },
    seed: { type: 'integer', default: 17, description: 'Seed of sampling and of the scripted teacher.' },
    format_errors: {
      type: 'integer',
      minimum: 1,
      default: 3,
      description: 'Replies in a row that are no call of a known tool, after which a rollout ends.',
    },
    test_timeout: durationParam('10s', 'For one call of the test tool.'),
    logprobs: { type: 'boolean', default: true, description: 'Ask for log-probabilities of the sampled tokens.' },
    mistakes: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'Error rates of the scripted teacher; no effect on a model.',
      properties: Object.fromEntries(
        Object.entries(DEFAULT_MISTAKES).map(([name, value]: [string, number]) => [name, { ...share, default: value }]),
      ),
    },
  },
};

/** The engine fills in defaults of the schema; nested ones are filled in here as well, so that a partial object is enough. */
export function readRolloutParams(params: JsonObject): RolloutParams {
  const given = params as unknown as Partial<RolloutParams>;
  return {
    agent: { tools: ['view', 'sed', 'test', 'finish'], protocol: 'terse', context: 320, reply: 24, ...given.agent },
    max_turns: given.max_turns ?? 6,
    budgets: given.budgets ?? [],
    samples: given.samples ?? 1,
    temperature: given.temperature ?? 0,
    format_errors: given.format_errors ?? 3,
    test_timeout: milliseconds(params['test_timeout'] ?? '10s'),
    logprobs: given.logprobs ?? true,
    mistakes: { ...DEFAULT_MISTAKES, ...given.mistakes },
  };
}
