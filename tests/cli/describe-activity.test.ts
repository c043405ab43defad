import { expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { describeActivity } from '../../cli/describe-activity.js';
import type { ActivityDeclaration } from '../../recipe/declaration.js';

const declaration: ActivityDeclaration = {
  name: 'mine/rate',
  version: 2,
  summary: 'Rates posts.',
  deterministic: false,
  queue: 'gpu',
  map: true,
  module: 'activities/rate.ts',
  inputs: {
    posts: { kind: 'file', description: 'JSON lines.' },
    words: { kind: ['words', 'counts'], optional: true },
  },
  outputs: { ratings: { kind: 'ratings' } },
  scalars: ['mean'],
  params: {
    type: 'object',
    required: ['mode'],
    properties: {
      mode: { enum: ['fast', 'slow'], description: 'How.' },
      samples: { type: 'integer', minimum: 1, default: 4, description: 'Ratings a post.' },
      model: { type: 'object', default: {}, properties: { rate: { type: ['number', 'null'], exclusiveMinimum: 0 } } },
      where: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
    },
  },
  extent: ['samples'],
  predicates: { where: 'verdict' },
};

test('the page of an activity says what it takes and gives, and how a stage says so', () => {
  expect(`\n${describeActivity(declaration, './activities/rate.ts')}\n`).toBe(`
mine/rate: Rates posts.
(queue gpu; version 2; from activities/rate.ts; works item by item; sampling decides: the same work may give another result)

Inputs
  posts  file
      JSON lines.
  words  words or counts, optional

Outputs
  ratings  ratings

Params
  mode  fast | slow, needed
      How.
  samples  integer >= 1, default 4
      Ratings a post. Says only how many items there are: more of them reuse those that are done.
  model  object, default {}
  model.rate  number | null > 0
  where  predicate over \`item\` (verdict)
  tags  list of string

For expect
  outputs.mean

In a recipe
  rate:
    uses: ./activities/rate.ts
    inputs: { posts: params.file }
    with: { mode: fast }
`);
});

test.each(activities.map((activity) => [activity.name, activity] as const))(
  '%s is described with every input, output, param and scalar',
  (_, activity) => {
    const page = describeActivity(activity);
    const params = Object.keys((activity.params['properties'] ?? {}) as object);
    for (const name of [...Object.keys(activity.inputs), ...Object.keys(activity.outputs), ...params])
      expect(page).toMatch(new RegExp(`^ {2}${name} {2}\\S`, 'm'));
    for (const scalar of activity.scalars ?? []) expect(page).toContain(`outputs.${scalar}`);
    expect(page).toContain(`    uses: ${activity.name}`);
    for (const line of page.split('\n').slice(2)) expect(line.length).toBeLessThanOrEqual(120);
  },
);
