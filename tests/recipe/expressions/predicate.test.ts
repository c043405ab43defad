import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateExpect } from '../../../recipe/expressions/expect.js';
import { parseExpression, printExpression } from '../../../recipe/syntax/expression.js';
import { compilePredicate } from '../../../recipe/expressions/predicate.js';

describe('predicates', () => {
  const item = { turns: 40, class: 'resolved', exit: 'finish', loop: false, none: null, focus: { file: "it's.py" } };
  test.each([
    ['item.turns <= 50', true],
    ['item.turns > 50', false],
    ["item.class == 'resolved'", true],
    ["item.class == 'Resolved'", false],
    ["item.turns == '40'", false],
    ['!item.loop', true],
    ['contains(fromJSON(\'["resolved","semi_resolved"]\'), item.class)', true],
    ['contains(fromJSON(\'["RESOLVED"]\'), item.class)', false],
    ["startsWith(item.focus.file, 'it''s')", true],
    ["item.focus.file == 'it''s.py' && (item.turns < 10 || item.exit == 'finish')", true],
  ])('%s is %s', (text, expected) => {
    expect(compilePredicate(text)(item)).toBe(expected);
  });

  test.each([
    'item.missing <= 50',
    '!(item.missing <= 50)',
    'item.none == null',
    'item.missing != 3',
    '!item.missing',
    "item.turns <= 'x'",
    'item.missing.deeper == 1',
    'contains(item.missing, 1)',
  ])('what is not known does not pass: %s', (text) => {
    expect(compilePredicate(text)(item)).toBe(false);
  });

  test('one known side can settle it', () => {
    expect(compilePredicate('item.missing < 3 || item.turns == 40')(item)).toBe(true);
    expect(compilePredicate('!(item.missing < 3 && item.turns == 41)')(item)).toBe(true);
  });

  test('a text that is no expression is refused with its reason', () => {
    expect(() => compilePredicate('item.turns <=')).toThrowErrorMatchingInlineSnapshot(
      `[UserError: \`item.turns <=\` is no predicate: unexpected end of expression: '<='.]`,
    );
  });

  test('property: an ordering and its opposite never both hold, and agree with numbers', () => {
    fc.assert(
      fc.property(fc.option(fc.integer()), fc.integer({ min: 0 }), (turns, limit) => {
        const low = compilePredicate(`item.turns <= ${limit}`)({ turns });
        const high = compilePredicate(`item.turns > ${limit}`)({ turns });
        expect(low && high).toBe(false);
        expect(low || high).toBe(turns !== null);
        if (turns !== null) expect(low).toBe(turns <= limit);
      }),
    );
  });

  test('property: what is printed reads back as the same predicate', () => {
    const leaf = fc.oneof(
      fc.integer({ min: -9, max: 9 }).map((value) => `item.a == ${value}`),
      fc.constant('item.b'),
      fc.string().map((value) => `item.c != '${value.replaceAll("'", "''")}'`),
    );
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression'))
          .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
        tie('expression').map((inner) => `!(${inner})`),
      ),
    }));
    fc.assert(
      fc.property(
        expression,
        fc.record({ a: fc.integer({ min: -9, max: 9 }), b: fc.boolean(), c: fc.string() }),
        (text, record) => {
          const printed = printExpression(parseExpression(text));
          expect(compilePredicate(printed)(record)).toBe(compilePredicate(text)(record));
          expect(printExpression(parseExpression(printed))).toBe(printed);
        },
      ),
    );
  });
});

describe('expect', () => {
  test('holds only where all is known and true', () => {
    const expression = 'outputs.valid_share > 0.2 && outputs.flaky_share < 0.05';
    expect(evaluateExpect(expression, { valid_share: 0.5, flaky_share: 0 })).toBe(true);
    expect(evaluateExpect(expression, { valid_share: 0.5, flaky_share: 0.1 })).toBe(false);
    expect(evaluateExpect(expression, { valid_share: 0.5 })).toBe(false);
    expect(evaluateExpect('outputs.by_status.valid >= 3', { by_status: { valid: 3 } })).toBe(true);
  });
});
