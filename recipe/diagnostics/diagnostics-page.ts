import { chapters } from './diagnostic-codes.js';

/** docs/diagnostics.md: every code with what it means, what gives it, and what to do. */
export function diagnosticsPage(): string {
  return [
    '# Diagnostics',
    '',
    '<!-- Generated from recipe/codes/ by `npm run generate`. Do not edit. -->',
    '',
    '`mortar check` tells all findings at once, each with its place and a code. Codes are stable: scripts may match on them. Errors keep',
    'a recipe from running (exit code 2); warnings do not.',
    '',
    ...chapters.flatMap(({ title, codes }) => [
      `## ${title}`,
      '',
      ...Object.entries(codes).flatMap(([name, { severity, meaning, example, mend }]) => [
        `### ${name}`,
        '',
        `${severity === 'error' ? 'Error' : 'Warning'}. ${meaning}`,
        '',
        `- Example: \`\` ${example} \`\``,
        `- What to do: ${mend}`,
        '',
      ]),
    ]),
  ].join('\n');
}
