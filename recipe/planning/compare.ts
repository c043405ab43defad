import { display } from '../expressions/functions.js';
import type { Draft, NewDraft } from '../draft.js';
import type { JsonObject } from '../json.js';
import type { Entry } from '../syntax/entry.js';
import type { Cell } from '../matrix/cell.js';
import { isObject } from '../merge.js';
import { draftsIn } from './drafts-in.js';
import type { Planner } from './planner.js';
import { readPolicy } from './policy.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import { reportViolation } from '../schema/unquoted.js';
import { validateSchema } from '../schema/validate.js';
import { Artifact, Instance } from '../expressions/values.js';
import { digestOf } from '../canonical.js';
import { planCompareReport } from './compare-report.js';

/** Plans the stages outside the matrix: `report/compare` over the scores of all cells, and the report of what it finds. */
export function planCompare(entry: Entry, cells: readonly { cell: Cell; planner: Planner }[]): Draft[] {
  const first = cells[0]?.planner;
  if (first === undefined) return [];
  const { reporter, activities } = first.options;
  const raw = isObject(entry.raw) ? entry.raw : {};
  const at = (...path: (string | number)[]): typeof entry.place => ({
    ...entry.place,
    path: [...entry.place.path, ...path],
  });
  const declaration = activities.find((activity) => activity.name === 'report/compare');
  if (declaration === undefined) {
    reporter.error(
      { ...entry.place, key: true },
      'unknown-activity',
      '`compare` needs the activity `report/compare`, which this installation lacks.',
    );
    return [];
  }
  const metrics = (Array.isArray(raw.metric) ? raw.metric : [raw.metric ?? null]).map(display);
  const metric = metrics[0] ?? '';
  const stageName = metric.split('.')[0] ?? '';
  const other = metrics.findIndex((one) => one.split('.')[0] !== stageName);
  if (other !== -1)
    reporter.error(
      at('metric', other),
      'unknown-cell',
      `All metrics are read from one stage, and \`${metrics[other] ?? ''}\` is not of \`${stageName}\`.`,
    );
  const axes = [...new Set(cells.flatMap(({ cell }) => Object.keys(cell.labels)))];
  const labels = cells.flatMap(({ cell }) =>
    metrics.length === 1 ? [cell.labels] : metrics.map((one) => ({ ...cell.labels, metric: one })),
  );
  if (metrics.length > 1) axes.push('metric');
  for (const [index, axis] of (Array.isArray(raw.average) ? raw.average : []).entries()) {
    if (!axes.includes(display(axis)))
      reporter.error(
        at('average', index),
        'unknown-axis',
        `\`${display(axis)}\` is no axis of the matrix${didYouMean(suggest(display(axis), axes)) || `; there are ${listed(axes)}.`}`,
      );
  }
  const averaged = Array.isArray(raw.average) ? raw.average.map(display) : [];
  if (isObject(raw.baseline)) {
    const wanted = Object.entries(raw.baseline).map(
      ([axis, value]) => [axis, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    const unknownAxis = wanted.find(([axis]) => !axes.includes(axis));
    if (unknownAxis)
      reporter.error(
        { ...at('baseline', unknownAxis[0]), key: true },
        'unknown-axis',
        `\`${unknownAxis[0]}\` is no axis of the matrix${didYouMean(suggest(unknownAxis[0], axes)) || `; there are ${listed(axes)}.`}`,
      );
    else if (!labels.some((cell) => wanted.every(([axis, label]) => cell[axis] === label)))
      reporter.error(
        at('baseline'),
        'unknown-cell',
        `No cell of the matrix is { ${wanted.map(([axis, label]) => `${axis}: ${label}`).join(', ')} }.`,
      );
    const open = axes.filter((axis) => !averaged.includes(axis) && !wanted.some(([named]) => named === axis));
    if (open.length > 0 && !unknownAxis)
      reporter.warn(
        at('baseline'),
        'ambiguous-baseline',
        `The baseline says nothing of ${listed(open)}: each value there is compared with its own baseline.`,
      );
  }
  const scores: { draft: Draft; output: string; key: string }[] = [];
  const scored = new Map<string, string[]>();
  for (const { cell, planner } of cells) {
    const stage = planner.root.stage(stageName);
    if (stage === undefined) {
      const meant = suggest(stageName, planner.root.stages.keys());
      reporter.error(
        at('metric'),
        'unknown-stage',
        `\`${metric}\` begins with a stage, and there is no stage \`${stageName}\`${didYouMean(meant) || '.'}`,
        meant,
      );
      return [];
    }
    if (!(stage instanceof Instance)) continue;
    const output = stage.names
      .map((name) => stage.output(name))
      .find((value) => value instanceof Artifact && value.kind === 'score');
    if (!(output instanceof Artifact)) {
      reporter.error(at('metric'), 'wrong-kind', `Stage \`${stageName}\` has no output of kind score to compare.`);
      return [];
    }
    scores.push(...output.refs.map((ref) => ({ draft: ref.draft, output: ref.output, key: cell.label })));
    for (const draft of draftsIn(stage)) {
      const instances = (draft.inputs.instances ?? []).map((input) =>
        input.from === 'node' ? `${input.draft.work} ${input.output}` : digestOf(input),
      );
      const mark = instances.join('\n');
      scored.set(mark, [...(scored.get(mark) ?? []), cell.label]);
    }
  }
  if (scored.size > 1) {
    const [left, right] = [...scored.values()];
    reporter.error(
      { ...entry.place, key: true },
      'cells-differ',
      `Cells are scored on different instances and cannot be compared: \`${left?.[0] ?? ''}\` and \`${right?.[0] ?? ''}\` do not share one test set. Let the axis act after the split.`,
    );
  }
  const scoresInput = Object.entries(declaration.inputs).find(([, input]) =>
    [input.kind].flat().includes('score'),
  )?.[0];
  if (scores.length === 0 || scoresInput === undefined) return [];
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(raw)) if (name !== 'notes' && name !== 'title') values[name] = value;
  const properties = declaration.params.properties ?? {};
  if (Object.hasOwn(properties, 'cells'))
    values.cells = Object.fromEntries(cells.map(({ cell }) => [cell.label, { ...cell.labels }]));
  for (const violation of validateSchema(declaration.params, values, '`compare`')) {
    reportViolation(reporter, at(...violation.path), violation);
  }
  const draft: NewDraft = {
    id: 'compare',
    cell: '',
    declaration,
    inputs: { [scoresInput]: scores.map((score) => ({ from: 'node', ...score }) as const) },
    kinds: Object.fromEntries(Object.entries(declaration.outputs).map(([name, { kind }]) => [name, kind])),
    with: values,
    needs: [],
    policy: readPolicy({}, first.defaults, declaration.queue, Boolean(declaration.map), (path, code, message) =>
      reporter.error(at(...path), code, message),
    ),
    approve: false,
    line: entry.place.source.line(entry.place.path, true),
    entry,
    work: -1,
  };
  draft.work = first.options.identities.numberOf(draft);
  const report = planCompareReport(entry, draft, cells);
  return report ? [draft, report] : [draft];
}
