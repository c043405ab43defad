import { expect, test } from 'vitest';
import type { Diagnostic } from '../../../recipe/diagnostics/diagnostic.js';
import { diagnosticCodes } from '../../../recipe/diagnostics/diagnostic-codes.js';
import { renderDiagnostics } from '../../../recipe/diagnostics/render-formats.js';
import { suggest } from '../../../recipe/suggest.js';

const diagnostic: Diagnostic = {
  code: 'unknown-key',
  severity: 'error',
  message: 'A stage has no `timeuot`; 100% sure.',
  file: 'a,b.yaml',
  line: 2,
  column: 3,
  endLine: 2,
  endColumn: 10,
  suggestion: 'timeout',
};
const text = 'stages:\n\t\ttimeuot: 5m\n';

test('text shows the line with carets', () => {
  expect(renderDiagnostics([diagnostic], 'text', () => text)).toMatchInlineSnapshot(`
    "error[unknown-key]: A stage has no \`timeuot\`; 100% sure.
     --> a,b.yaml:2:3
      |
    2 | 		timeuot: 5m
      | 		^^^^^^^"
  `);
});

test('github escapes what its commands are made of', () => {
  expect(renderDiagnostics([diagnostic], 'github', () => text)).toMatchInlineSnapshot(
    `"::error file=a%2Cb.yaml,line=2,endLine=2,col=3,endColumn=10,title=unknown-key::A stage has no \`timeuot\`; 100%25 sure."`,
  );
});

test('json is the diagnostics themselves', () => {
  expect(JSON.parse(renderDiagnostics([diagnostic], 'json', () => text))).toEqual([diagnostic]);
});

test('sarif has rule, level, region and the mended text', () => {
  const sarif = JSON.parse(renderDiagnostics([diagnostic], 'sarif', () => text)) as {
    runs: { tool: { driver: { rules: unknown[] } }; results: unknown[] }[];
  };
  const region = { startLine: 2, startColumn: 3, endLine: 2, endColumn: 10 };
  expect(sarif.runs[0]?.tool.driver.rules).toEqual([
    expect.objectContaining({
      id: 'unknown-key',
      shortDescription: { text: diagnosticCodes['unknown-key'].meaning },
      defaultConfiguration: { level: 'error' },
    }),
  ]);
  expect(sarif.runs[0]?.results[0]).toEqual({
    ruleId: 'unknown-key',
    ruleIndex: 0,
    level: 'error',
    message: { text: diagnostic.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'a%2Cb.yaml' },
          region,
        },
      },
    ],
    fixes: [
      {
        artifactChanges: [
          {
            artifactLocation: { uri: 'a%2Cb.yaml' },
            replacements: [{ deletedRegion: region, insertedContent: { text: 'timeout' } }],
          },
        ],
      },
    ],
  });
});

test('a suggestion is right or silent', () => {
  expect(suggest('timeuot', ['timeout', 'retry'])).toBe('timeout');
  expect(suggest('max_turn', ['max_turns', 'budgets'])).toBe('max_turns');
  expect(suggest('learningRate', ['learning_rate'])).toBe('learning_rate');
  expect(suggest('cat', ['ai', 'dog'])).toBeUndefined();
  expect(suggest('k', ['a', 'b'])).toBeUndefined();
  expect(suggest('seal', ['deal', 'meal'])).toBeUndefined();
});
