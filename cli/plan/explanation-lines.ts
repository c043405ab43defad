import type { Explanation } from '../../engine/explain/explain-stage.js';
import type { Cause, InputCause, Root } from '../../engine/explain/key-causes.js';
import { renderDifference } from '../../recipe/explain/explain.js';

/** An explanation for people: what it was, what it was compared with, what changed, and where that began. */
export function explanationLines(explanation: Explanation): string[] {
  const { run, stage, aliases, state, key, against, againstStage, differences, cause, roots = [] } = explanation;
  const lines = [`${stage} of ${run}: ${state}`];
  if (aliases.length > 0) lines.push(`also ${aliases.join(', ')}`);
  if (key === undefined) return [...lines, 'It has not been reached, so it has no key.'];
  lines.push(`key ${key}`);
  if (state === 'cached') lines.push(`A hit: work with this key was done before${doneBy(explanation)}.`);
  if (against === undefined) return [...lines, 'No earlier run had this stage: there is nothing to compare it with.'];
  const other = againstStage === stage ? against : `${againstStage ?? stage} of ${against}`;
  if (differences === undefined) return [...lines, `The key document of ${other} is gone from the store.`];
  if (differences.length === 0) return [...lines, `The same work as in ${other}: nothing in its key changed.`];
  lines.push(`Changed since ${other}:`);
  lines.push(...(cause ? causeLines(cause, '  ') : differences.map((one) => `  ${renderDifference(one)}`)));
  if (cause?.inputs.some(({ because }) => because)) {
    lines.push('It comes down to:');
    lines.push(...roots.map((root) => `  ${rootLine(root)}`));
  }
  return lines;
}

function doneBy({ provenance, run }: Explanation): string {
  const { run: by, stage, endedAt, host } = provenance ?? {};
  if (typeof by !== 'string') return '';
  const where = typeof host === 'string' ? ` on ${host}` : '';
  const when = typeof endedAt === 'string' ? `, ended ${endedAt}` : '';
  return ` by ${by === run ? 'this run' : by}${typeof stage === 'string' ? ` (${stage})` : ''}${where}${when}`;
}

function causeLines({ own, inputs }: Cause, indent: string): string[] {
  return [
    ...own.map((difference) => `${indent}${renderDifference(difference)}`),
    ...inputs.flatMap((input) => inputLines(input, indent)),
  ];
}

function inputLines({ input, before, after, because, above }: InputCause, indent: string): string[] {
  const renamed = before?.name !== after?.name;
  const what = renamed ? side(before?.name) : `${after?.name ?? ''} ${short(before?.digest)}`.trim();
  const line = `${indent}input ${input}: ${what} -> ${renamed ? side(after?.name) : short(after?.digest)}`;
  if (above !== undefined) return [`${line}, as said of ${above}`];
  if (because === undefined) return [line];
  if (because.otherResult)
    return [line, `${indent}  because ${because.stage} was done again with the same key, and gave another result`];
  return [line, `${indent}  because ${because.stage} changed:`, ...causeLines(because, `${indent}    `)];
}

function rootLine({ stage, field, before, after }: Root): string {
  if (field === 'result') return `${stage}: the same work gave another result`;
  return `${stage}: ${renderDifference({
    field,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  })}`;
}

function side(name: string | undefined): string {
  return name ?? '(absent)';
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 'sha256:'.length + 12) ?? '(another)';
}
