import { type Document, visit } from 'yaml';
import type { YamlProblem } from './problems.js';

/** More findings than this help nobody, and a long line is not searched again and again. */
const most = 100;
const longest = 2000;

/** `{ a: ${{ x }} }`: in braces or brackets YAML reads the expression's braces as its own. */
export function unquotedExpressions(text: string): YamlProblem[] {
  const found: YamlProblem[] = [];
  for (let start = text.indexOf('${{'); start !== -1 && found.length < most; start = text.indexOf('${{', start + 1)) {
    const close = text.indexOf('}}', start);
    if (close === -1) break;
    if (close - start > longest) {
      start = close - longest;
      continue;
    }
    const written = /^\$\{\{[^}\n]*\}\}(?!["'])/.exec(text.slice(start, close + 3))?.[0];
    if (written === undefined) continue;
    const before = text.slice(Math.max(0, start - longest), start);
    if (!isWithinBrackets(before.slice(before.lastIndexOf('\n') + 1))) continue;
    const quoted = `"${written}"`;
    found.push({
      start,
      end: start + written.length,
      code: 'unquoted-expression',
      message: `inside { } or [ ] an expression must be quoted: write ${quoted}.`,
      suggestion: quoted,
    });
  }
  return found;
}

/** `if: !params.train`: YAML reads a tag and an empty string. */
export function tagProblems(document: Document.Parsed, text: string): YamlProblem[] {
  const found: YamlProblem[] = [];
  visit(document, {
    Node: (_, node) => {
      const { tag } = node as { tag?: string };
      if (found.length >= most) return visit.BREAK;
      if (tag === undefined || tag.startsWith('tag:yaml.org,2002:') || !node.range) return undefined;
      const [start] = node.range;
      const from = text.lastIndexOf(tag.startsWith('!') ? tag : '!', start);
      const begin = from === -1 ? start : from;
      const end = text.indexOf('\n', begin);
      const rest = text.slice(begin, end === -1 ? undefined : end).slice(0, longest);
      const expression = rest.replace(/\s+#.*$/, '').replace(/[\s,}\]]+$/, '');
      const suggestion = `"\${{ ${expression} }}"`;
      found.push({
        start: begin,
        end: begin + expression.length,
        code: 'tag-not-expression',
        message: `YAML reads \`${expression}\` as a tag on an empty value, not as an expression: write ${suggestion}.`,
        suggestion,
      });
      return undefined;
    },
  });
  return found;
}

/** Whether brackets or braces may be open behind the beginning of a line. */
function isWithinBrackets(before: string): boolean {
  if (/["']$/.test(before)) return false;
  const quote = Math.max(before.lastIndexOf('"'), before.lastIndexOf("'"));
  if (/[{[,]/.test(before.slice(quote + 1))) return true;
  const unquoted = before.slice(0, Math.max(0, before.search(/['"#]|$/)));
  return /[{[,]/.test(unquoted) && /[:,[]\s$/.test(before);
}
