import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../recipe/index.js';
import type { Diagnostic } from '../../recipe/diagnostics/diagnostic.js';
import { sha256 } from '../../recipe/canonical.js';
import { declarations } from './declarations.js';

/**
 * Each file holds a recipe and, behind `# expected:`, what is found in it: LINE:COLUMN-END severity code: message.
 * After a deliberate change of messages: UPDATE_GOLDEN=1, and read the difference.
 */
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'golden');
const marker = '# expected:\n';

describe('golden recipes', () => {
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.yaml'))) {
    test(name.replace('.yaml', '').replaceAll('-', ' '), () => {
      const path = join(folder, name);
      const whole = readFileSync(path, 'utf8');
      const at = whole.indexOf(marker);
      const text = at === -1 ? whole : whole.slice(0, at);
      const set = [...text.matchAll(/^# --set (.*)$/gm)].map((match) => match[1] ?? '');
      const { diagnostics, plan } = checkRecipe({
        file: name,
        text,
        readText,
        readFileDigest: (file) => (readText(file) === null ? null : sha256(file)),
        activities: declarations,
        set,
      });
      const found = [
        ...diagnostics.map(line),
        ...(plan ? [`# plan: ${plan.nodes.map((node) => node.id).join(' ')}`] : []),
      ].join('\n');
      if (process.env['UPDATE_GOLDEN']) writeFileSync(path, `${text}${marker}${found}\n`);
      else expect(`${found}\n`).toBe(at === -1 ? '(no expectation)' : whole.slice(at + marker.length));
    });
  }
});

function readText(file: string): string | null {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return null;
  }
}

function line({
  file,
  line: row,
  column,
  endLine,
  endColumn,
  severity,
  code,
  message,
  suggestion,
}: Diagnostic): string {
  const end = endLine === row ? String(endColumn) : `${endLine}:${endColumn}`;
  const where = file.includes('/') ? `${file}:` : '';
  return `# ${where}${row}:${column}-${end} ${severity} ${code}: ${message}${suggestion === undefined ? '' : ` => ${suggestion}`}`;
}
