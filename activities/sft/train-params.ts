import type { JsonObject } from '../../recipe/json.js';

/** Schema of `train`: how any model here is trained. The Python side fills in what is left out, by command. */
export const trainProperties = {
  steps: { type: 'integer', minimum: 1, description: 'Optimizer steps of all phases together.' },
  batch: {
    type: ['integer', 'null'],
    minimum: 1,
    description: 'Examples a step. Excludes tokens_per_step; null: not set.',
  },
  tokens_per_step: {
    type: ['integer', 'null'],
    minimum: 1,
    description: 'Padded tokens a step; examples of like length go together.',
  },
  micro_tokens: { type: 'integer', minimum: 1, description: 'With batch: padded tokens of one forward pass.' },
  optimizer: { enum: ['adamw', 'muon'], description: 'muon: Muon on the matrices, AdamW on the rest.' },
  learning_rate: { type: 'number', exclusiveMinimum: 0, description: 'Of AdamW.' },
  muon_learning_rate: { type: 'number', exclusiveMinimum: 0, description: 'Of Muon.' },
  schedule: { enum: ['linear', 'cosine', 'constant'] },
  warmup: { type: 'number', minimum: 0, maximum: 1, description: 'Share of the steps.' },
  final: { type: 'number', minimum: 0, maximum: 1, description: 'Share of the learning rate that is left at the end.' },
  weight_decay: { type: 'number', minimum: 0 },
  max_grad_norm: { type: 'number', minimum: 0 },
  precision: { enum: ['bf16', 'fp32'], description: 'bf16: autocast, weights stay float32.' },
  cutoff: { type: 'integer', minimum: 16, description: 'Longest example in tokens; what lies behind is cut.' },
  rope: { enum: ['yarn', null], description: 'yarn: stretches the positions where cutoff is beyond the context.' },
  template: { enum: ['chatml', 'qwen3_nothink'], description: 'Both are ChatML without thinking.' },
  gradient_checkpointing: { type: 'boolean' },
  checkpoint_seconds: { type: 'number', exclusiveMinimum: 0, description: 'Seconds between checkpoints.' },
  threads: { type: 'integer', minimum: 1, description: 'CPU threads.' },
} as const;

export const trainSchema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  properties: trainProperties,
} as const;

/** Without what is null: a profile unsets so what the recipe's own default sets. */
export function withoutNulls(train: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(train).filter(([, value]) => value !== null));
}
