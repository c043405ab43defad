import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Activity } from '../../activities/activity.js';
import { storeSettings } from '../../artifacts/settings.js';
import { declaredNames } from '../../engine/environment.js';
import { failureOf } from '../../engine/failures.js';
import { mapKeyOf, needsOf, resolveNode, type Upstream } from '../../engine/orders/resolve.js';
import { Redactor } from '../../engine/stage/redactor.js';
import { newRunId } from '../../engine/runs/run-id.js';
import { sumProgress } from '../../engine/stage/stage-description.js';
import { seedOf } from '../../engine/stage/seed.js';
import { UserError } from '../../recipe/errors.js';
import type { PlanNode } from '../../recipe/plan.js';
import { testPlan } from '../integration/plans.js';

const activity: Activity = {
  name: 'test/map',
  version: 1,
  summary: '',
  queue: 'cpu',
  inputs: { items: { kind: 'a' }, extra: { kind: 'b', optional: true } },
  itemInputs: ['items'],
  extent: ['samples'],
  outputs: {},
  params: {},
  run: () => Promise.resolve({}),
};

function node(more: Partial<PlanNode>): PlanNode {
  const [made] = testPlan([more]).nodes;
  if (!made) throw new Error('no node');
  return made;
}

function order(more: Partial<PlanNode>, upstream: (node: number) => Upstream = () => ({ state: 'skipped' })) {
  const resolution = resolveNode(node(more), activity, upstream, null);
  if (resolution.skipped) throw new Error('skipped');
  return resolution.order;
}

const finished = (digest: string): Upstream => ({ state: 'finished', outputs: { out: { kind: 'a', digest } } });
const from = (number: number) => ({ from: 'node', node: number, output: 'out', key: '' }) as const;

describe('a stage key', () => {
  const inputs = { items: [from(0)] };

  test('follows params and the digests of inputs, and no policy', () => {
    const key = (more: Partial<PlanNode>, digest = 'sha256:1') =>
      order({ inputs, ...more }, () => finished(digest)).key;
    expect(key({})).toBe(
      key({
        queue: 'gpu',
        retry: { attempts: 9, backoff: 1 },
        timeout: 5,
        items: { concurrency: 9 },
        id: 'other',
        line: 7,
      }),
    );
    expect(new Set([key({}), key({ with: { a: 1 } }), key({}, 'sha256:2'), key({ version: 2 })]).size).toBe(4);
  });

  test('holds the absence of an optional input, and an absent needed one skips the node', () => {
    const upstream = (number: number): Upstream => (number === 0 ? finished('sha256:1') : { state: 'skipped' });
    expect(order({ inputs: { items: [from(0)], extra: [from(1)] } }, upstream).document.inputs).toEqual({
      items: [{ digest: 'sha256:1' }],
    });
    expect(resolveNode(node({ inputs: { items: [from(1)] } }), activity, upstream, null)).toEqual({ skipped: true });
  });

  test('holds of a model what it is, never where it answers', () => {
    const endpoint = (url: string) => ({ from: 'model', model: { kind: 'endpoint', model: 'm', url } }) as const;
    expect(order({ inputs: { items: [endpoint('http://a')] } }).key).toBe(
      order({ inputs: { items: [endpoint('http://b')] } }).key,
    );
  });

  test('of a map leaves out what only says how many items there are', () => {
    const mapKey = (more: Partial<PlanNode>, digest: string) =>
      mapKeyOf(order({ inputs, ...more }, () => finished(digest)).document, activity);
    const key = mapKey({ with: { samples: 8, a: 1 } }, 'sha256:1');
    expect(mapKey({ with: { samples: 16, a: 1 } }, 'sha256:2')).toBe(key);
    expect(mapKey({ with: { samples: 8, a: 2 } }, 'sha256:1')).not.toBe(key);
  });
});

test('needsOf names inputs, the weights of models, and order without data', () => {
  const weights = { from: 'model', model: { kind: 'weights', node: 4, output: 'model', serve: {} } } as const;
  expect(needsOf(node({ needs: [1], inputs: { a: [from(2), from(3)], m: [weights], b: [from(2)] } })).sort()).toEqual([
    1, 2, 3, 4,
  ]);
});

describe('the redactor', () => {
  test('leaves no form of a secret in a text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !'***'.includes(text) && text.isWellFormed()),
        fc.string(),
        (secret, around) => {
          const redactor = new Redactor([secret]);
          for (const form of [
            secret,
            encodeURIComponent(secret),
            Buffer.from(secret).toString('base64'),
            Buffer.from(secret).toString('base64url'),
          ]) {
            expect(redactor.text(`Bearer ${form} in ${JSON.stringify({ form })}`)).not.toContain(form);
          }
          expect(new Redactor([]).text(around)).toBe(around);
        },
      ),
    );
  });

  test('is given the names that the recipe declares, wherever they stand', () => {
    const { env, secret } = declaredNames([
      { url: { env: 'URL' }, deep: [{ key: { secret: 'KEY' } }] },
      { env: 'A', other: 1 },
    ]);
    expect([[...env], [...secret]]).toEqual([['URL'], ['KEY']]);
  });
});

test('seeds are 31 bits, and follow the seed and each part', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer())), (seed, parts) => {
      const value = seedOf(seed, parts);
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 31).toBe(true);
      expect(seedOf(seed, parts)).toBe(value);
    }),
  );
  expect(new Set([seedOf(1, ['a', 1]), seedOf(1, ['a', '1']), seedOf(1, ['a1']), seedOf(2, ['a', 1])]).size).toBe(4);
});

test('run ids sort by time', () => {
  const early = newRunId(new Date('2026-11-24T23:01:45.999Z'));
  expect(early).toMatch(/^261124-230145-[a-z2-9]{3}$/);
  expect(early < newRunId(new Date('2026-11-24T23:01:46Z'))).toBe(true);
});

test('the progress of a stage is that of its shards on top of what was done before them', () => {
  expect(sumProgress([])).toBeUndefined();
  expect(sumProgress([{ done: 3, total: 9, note: 'x' }])).toEqual({ done: 3, total: 9, note: 'x' });
  const stage = (before: number) => ({ total: 900, before });
  expect(
    sumProgress([
      { done: 150, total: 200, stage: stage(0), failed: 2 },
      { done: 10, total: 200, stage: stage(200) },
    ]),
  ).toEqual({
    done: 360,
    total: 900,
    failed: 2,
  });
});

test('failures say whose they are', () => {
  expect(failureOf(new UserError('missing', 'gone'))).toEqual({ class: 'user', code: 'missing', message: 'gone' });
  expect(failureOf('text')).toEqual({ class: 'bug', code: 'bug', message: 'text' });
});

test('store settings that are missing or half there are refused by name', () => {
  expect(() => storeSettings({})).toThrowErrorMatchingInlineSnapshot(
    `[UserError: The artifact store is not configured: none of AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_PROFILE is set. Start the development services with \`mortar up\`, or set AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.]`,
  );
  expect(() => storeSettings({ AWS_ACCESS_KEY_ID: 'a' })).toThrowErrorMatchingInlineSnapshot(
    `[UserError: AWS_SECRET_ACCESS_KEY is not set, though its counterpart is. Set both, or neither.]`,
  );
  expect(storeSettings({ AWS_PROFILE: 'x' })).toEqual({ endpoint: undefined, region: 'us-east-1', bucket: 'mortar' });
});
