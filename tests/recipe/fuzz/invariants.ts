import { canonicalJson } from '../../../recipe/canonical.js';
import type { Diagnostic } from '../../../recipe/diagnostics/diagnostic.js';
import { diagnosticCodes } from '../../../recipe/diagnostics/diagnostic-codes.js';
import { type CheckRequest, checkProfiles, checkRecipe, formats, renderDiagnostics } from '../../../recipe/index.js';
import type { Plan } from '../../../recipe/plan.js';

/** What must hold of any text whatever. Each sentence says what does not. */
export function brokenInvariants(request: CheckRequest): string[] {
  const { diagnostics, plan } = checkRecipe(request);
  // Every profile costs as much again.
  const more = request.text.length % 4 === 0 ? checkProfiles(request) : [];
  const broken = [...diagnostics, ...more].flatMap((diagnostic) =>
    ofDiagnostic(diagnostic, request).map((what) => `${what}: ${JSON.stringify(diagnostic)}`),
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (plan === undefined && errors.length === 0) broken.push('neither a plan nor an error');
  if (plan !== undefined && errors.length > 0) broken.push('a plan in spite of errors');
  for (const format of formats) {
    const text = renderDiagnostics(diagnostics, format, (file) => textOf(file, request), true);
    if (format === 'json' || format === 'sarif') JSON.parse(text);
  }
  if (plan !== undefined) broken.push(...ofPlan(plan, request));
  for (const diagnostic of diagnostics.slice(0, 3)) {
    if (diagnostic.suggestion !== undefined && diagnostic.file === request.file)
      checkRecipe({ ...request, text: mended(request.text, diagnostic, diagnostic.suggestion) });
  }
  return broken;
}

function ofDiagnostic(diagnostic: Diagnostic, request: CheckRequest): string[] {
  const broken: string[] = [];
  const { code, message, line, column, endLine, endColumn } = diagnostic;
  if (!Object.hasOwn(diagnosticCodes, code)) broken.push('a code that is not in the catalogue');
  if (message.trim() === '') broken.push('an empty message');
  if (message.length > 6000) broken.push('an endless message');
  // What the recipe itself says may be in a message.
  for (const slip of ['[object ', 'undefined', 'function (', '[native code]'])
    if (message.includes(slip) && !request.text.includes(slip)) broken.push(`\`${slip}\` in a message`);
  const lines = (textOf(diagnostic.file, request) ?? '').split('\n');
  const inside = (row: number, at: number): boolean =>
    row >= 1 && row <= lines.length && at >= 1 && at <= (lines[row - 1] ?? '').length + 2;
  if (!inside(line, column) || !inside(endLine, endColumn)) broken.push('a place outside of the file');
  if (endLine < line || (endLine === line && endColumn < column)) broken.push('a place that ends before it begins');
  return broken;
}

function ofPlan(plan: Plan, request: CheckRequest): string[] {
  const broken: string[] = [];
  const text = canonicalJson(plan);
  const again = checkRecipe(request).plan;
  if (again === undefined || canonicalJson(again) !== text) broken.push('another plan the second time');
  // `${{ '${{' }}` is how a text may hold one.
  if (canonicalJson(plan.nodes).includes('${{') && !request.text.includes("'"))
    broken.push('an expression is left in the plan');
  for (const [number, { id, inputs, needs }] of plan.nodes.entries()) {
    const reads = Object.values(inputs)
      .flat()
      .flatMap((input) => {
        if (input.from === 'node') return [input.node];
        return input.from === 'model' && input.model.kind === 'weights' ? [input.model.node] : [];
      });
    for (const other of [...reads, ...needs])
      if (!Number.isInteger(other) || other < 0 || other >= number)
        broken.push(`node ${id} needs number ${other}, and is number ${number}`);
  }
  if (new Set(plan.nodes.map(({ id }) => id)).size !== plan.nodes.length) broken.push('two nodes of one id');
  return broken;
}

function textOf(file: string, request: CheckRequest): string | null {
  return file === request.file ? request.text : request.readText(file);
}

function mended(text: string, { line, column, endLine, endColumn }: Diagnostic, suggestion: string): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const from = (starts[line - 1] ?? 0) + column - 1;
  const to = (starts[endLine - 1] ?? 0) + endColumn - 1;
  return `${text.slice(0, from)}${suggestion}${text.slice(to)}`;
}
