import type { JsonObject } from '../../recipe/json.js';
import { UserError } from '../../recipe/errors.js';
import { defineActivity } from '../activity.js';
import { compareCells, type Axes, type CellScore } from './compare-cells.js';
import type { ScoreDocument } from './score-document.js';

const axes = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } };

export default defineActivity({
  name: 'report/compare',
  version: 2,
  summary: 'Compares one metric, or several, over the cells of a matrix with a baseline, averaged over seeds.',
  queue: 'cpu',
  quick: true,
  inputs: {
    scores: {
      kind: 'score',
      description: "One a cell; the key of a source is the cell's name, axis=label joined by commas.",
    },
  },
  outputs: { comparison: { kind: 'comparison', description: 'One record: activities/report/comparison-document.ts.' } },
  scalars: ['cells', 'supported', 'contradicted', 'not_resolved'],
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['metric'],
    properties: {
      metric: {
        type: ['string', 'array'],
        items: { type: 'string' },
        minItems: 1,
        description: 'Such as score.sft.pass_at_1. A list is an axis of its own, `metric`: readouts of the same runs.',
      },
      baseline: { ...axes, default: {}, description: 'Axis values of the cell that the others are compared with.' },
      average: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Axes that are averaged over: seeds.',
      },
      paired: { enum: ['instance_id'], default: 'instance_id', description: 'What pairs values across cells.' },
      correction: { enum: ['holm', 'none'], default: 'holm', description: 'Of p values, over the cells.' },
      targets: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description:
          'Published differences in points: axis values, delta, source, trust (primary or secondary), profile.',
      },
      cells: {
        type: 'object',
        additionalProperties: axes,
        default: {},
        description: "Axis values by the key of the source; where a key is missing they are read from the key's text.",
      },
      resamples: { type: 'integer', minimum: 100, default: 10000, description: 'Of the bootstrap.' },
      interval: {
        type: 'number',
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.95,
        description: 'Level of intervals.',
      },
      seed: { type: 'integer', default: 17, description: 'Of the bootstrap.' },
    },
  },

  async run(context) {
    const { params } = context;
    const named = object(params['cells']);
    const cells: CellScore[] = [];
    for (const source of context.inputs.sources('scores')) {
      for await (const score of context.inputs.recordsOf<ScoreDocument>(source)) {
        cells.push({
          axes: named[source.key] === undefined ? axesOfKey(source.key) : textual(object(named[source.key])),
          score,
        });
      }
    }
    const metrics = [params['metric']].flat().filter((metric) => typeof metric === 'string');
    if (metrics.length === 0)
      throw new UserError('no-metric', 'report/compare: `metric` is missing. Name one, such as score.sft.pass_at_1.');
    const document = compareCells(cells, {
      metrics,
      baseline: textual(object(params['baseline'])),
      average: (params['average'] ?? []) as string[],
      correction: params['correction'] === 'none' ? 'none' : 'holm',
      targets: ((params['targets'] ?? []) as JsonObject[]).map((target) => {
        const { delta, source, trust, profile, ...rest } = target;
        return {
          axes: textual(rest),
          delta: Number(delta),
          source: typeof source === 'string' ? source : '',
          trust: typeof trust === 'string' ? trust : 'secondary',
          profile: typeof profile === 'string' ? profile : null,
        };
      }),
      resamples: Number(params['resamples'] ?? 10_000),
      interval: Number(params['interval'] ?? 0.95),
      seed: Number(params['seed'] ?? 17),
    });
    await context.outputs.write('comparison', [document]);
    const count = (word: string): number => document.cells.filter(({ wording }) => wording === word).length;
    return {
      cells: document.cells.length,
      supported: count('supported'),
      contradicted: count('contradicted'),
      not_resolved: count('not resolved'),
    };
  },
});

/** `masking=none, seed.train=17` */
export function axesOfKey(key: string): Axes {
  return Object.fromEntries(
    key
      .split(/[,/]\s*/)
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return at < 0 ? (['cell', part] as const) : ([part.slice(0, at), part.slice(at + 1)] as const);
      }),
  );
}

function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textual(value: JsonObject): Axes {
  return Object.fromEntries(
    Object.entries(value).map(([axis, one]) => [axis, typeof one === 'string' ? one : JSON.stringify(one)]),
  );
}
