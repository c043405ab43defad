import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activities } from '../../../activities/registry.js';
import type { Json, JsonObject } from '../../../recipe/json.js';
import { surelyValid } from '../../../recipe/schema/quick-schema.js';

const ajv = new Ajv2020({ strict: false, useDefaults: true, validateSchema: false, logger: false });
const names = ['a', 'b', 'c'];
const scalar = fc.oneof(
  fc.constantFrom<Json>(null, true, false, '', 'a', 'ab', '1', 0, 1, -1, 1.5, 2, 10),
  fc.string({ maxLength: 3 }),
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, 'd'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const type = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record(
      {
        type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
        enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }),
        const: scalar,
        minimum: fc.integer({ min: -1, max: 2 }),
        exclusiveMaximum: fc.integer({ min: 0, max: 3 }),
        minLength: fc.nat(2),
        maxLength: fc.nat(3),
        pattern: fc.constantFrom('^a', 'b$', '^[0-9]+$'),
        minItems: fc.nat(2),
        maxItems: fc.nat(3),
        default: scalar,
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>,
    fc.record(
      {
        type: fc.constantFrom('object', 'array'),
        properties: fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 3, noNullPrototype: true }),
        required: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        propertyNames: fc.constant({ pattern: '^[a-c]$' }),
        minProperties: fc.nat(2),
        items: tie('schema'),
        $ref: fc.constant('#/$defs/other'),
        // Beyond the quick one.
        uniqueItems: fc.constant(true),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>,
    fc.record(
      { anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }), if: tie('schema'), then: tie('schema') },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>,
  ),
}));

describe('the quick look at a value', () => {
  test('takes nothing that the library refuses, and fills in the same defaults', () => {
    let taken = 0;
    fc.assert(
      fc.property(schema, schema, value, (own, other, given) => {
        const whole = { ...own, $defs: { other: withoutReferences(other) as Json } };
        const [quick, slow] = [structuredClone(given), structuredClone(given)];
        if (!surelyValid(whole, quick)) return;
        taken += 1;
        expect(ajv.compile(whole)(slow), JSON.stringify(whole)).toBe(true);
        expect(quick).toEqual(slow);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  test('is enough for the params of every activity that has only optional ones', () => {
    const optional = activities.filter(({ params }) => params['required'] === undefined);
    expect(optional.length).toBeGreaterThan(10);
    for (const { name, params } of optional) expect(surelyValid(params, {}), name).toBe(true);
  });

  test('follows definitions that name themselves', () => {
    const schema = {
      $ref: '#/$defs/tree',
      $defs: { tree: { type: 'object', additionalProperties: { $ref: '#/$defs/tree' } } },
    };
    expect(surelyValid(schema, { a: { b: {} }, c: {} })).toBe(true);
    expect(surelyValid(schema, { a: { b: 1 } })).toBe(false);
  });

  test('says nothing by a keyword that it does not know', () => {
    const schema = { type: 'array', uniqueItems: true };
    for (let times = 0; times < 50; times += 1) expect(surelyValid(schema, [1])).toBe(false);
  });
});

/** A definition that refers to itself has no end. */
function withoutReferences(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema, (key, entry: Json) => (key === '$ref' ? undefined : entry))) as Json;
}
