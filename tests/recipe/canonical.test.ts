import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, digestOf, sha256 } from '../../recipe/canonical.js';

const json = fc.jsonValue({ maxDepth: 4 });

describe('canonical JSON', () => {
  test('sorts keys by code units, leaves out undefined, prints numbers as ECMAScript does', () => {
    const value = {
      b: [1e21, -0, 0.1, 1e-7],
      a: { '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\ufb33': 5 },
      gone: undefined,
    };
    expect(canonicalJson(value)).toBe(
      '{"a":{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":4,"\ufb33":5},"b":[1e+21,0,0.1,1e-7]}',
    );
  });

  test('refuses what JSON cannot say', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n, '\ud800', cycle]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
  });

  test('property: parses back to the same value, and twice is once', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('property: the order in which keys were set does not matter', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json, { noNullPrototype: true }), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(reversed)).toBe(digestOf(value));
      }),
    );
  });

  test('digests are those of any other sha256', () => {
    expect(sha256('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
