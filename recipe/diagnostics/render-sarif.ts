import type { Diagnostic } from './diagnostic.js';
import { type DiagnosticCode, diagnosticCodes } from './diagnostic-codes.js';

/** Static Analysis Results Interchange Format 2.1.0, with what each code means and the mended text where it is known. */
export function sarif(diagnostics: readonly Diagnostic[]): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mortar', rules: codes.map(rule) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => result(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
}

function rule(code: DiagnosticCode): object {
  const { severity, meaning, example, mend } = diagnosticCodes[code];
  return {
    id: code,
    shortDescription: { text: meaning },
    help: {
      text: `${meaning} Example: ${example}. ${mend}`,
      markdown: `${meaning}\n\nExample: \`\` ${example} \`\`\n\n${mend}`,
    },
    defaultConfiguration: { level: severity },
  };
}

function result(diagnostic: Diagnostic, ruleIndex: number): object {
  const artifactLocation = { uri: diagnostic.file.split('/').map(encodeURIComponent).join('/') };
  const region = {
    startLine: diagnostic.line,
    startColumn: diagnostic.column,
    endLine: diagnostic.endLine,
    endColumn: diagnostic.endColumn,
  };
  return {
    ruleId: diagnostic.code,
    ruleIndex,
    level: diagnostic.severity,
    message: { text: diagnostic.message },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    ...(diagnostic.suggestion === undefined
      ? {}
      : {
          fixes: [
            {
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: [{ deletedRegion: region, insertedContent: { text: diagnostic.suggestion } }],
                },
              ],
            },
          ],
        }),
  };
}
