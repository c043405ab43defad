import { display } from './functions.js';
import type { Draft } from './draft.js';
import type { JsonObject } from './json.js';
import type { Entry } from './load.js';
import type { Cell } from './matrix.js';
import { isObject } from './merge.js';
import { type Planner, draftsIn } from './planner.js';
import { readPolicy } from './policy.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { validateSchema } from './validate.js';
import { Artifact, Instance } from './values.js';
import { digestOf } from './canonical.js';

/** Plans the one stage outside the matrix: `report/compare` over the scores of all cells. */
export function planCompare(
  entry: Entry,
  cells: readonly { cell: Cell; planner: Planner }[],
  identities: () => ReadonlyMap<Draft, string>,
): Draft | undefined {
  const first = cells[0]?.planner;
  if (first === undefined) return undefined;
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
    return undefined;
  }
  const metric = display(raw.metric ?? null);
  const stageName = metric.split('.')[0] ?? '';
  const axes = [...new Set(cells.flatMap(({ cell }) => Object.keys(cell.labels)))];
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
    else if (!cells.some(({ cell }) => wanted.every(([axis, label]) => cell.labels[axis] === label)))
      reporter.error(
        at('baseline'),
        'unknown-cell',
        `No cell of the matrix is { ${wanted.map(([axis, label]) => `${axis}: ${label}`).join(', ')} }.`,
      );
    const open = axes.filter((axis) => !averaged.includes(axis) && !wanted.some(([named]) => named === axis));
    if (open.length > 0)
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
      return undefined;
    }
    if (!(stage instanceof Instance)) continue;
    const output = stage.names
      .map((name) => stage.output(name))
      .find((value) => value instanceof Artifact && value.kind === 'score');
    if (!(output instanceof Artifact)) {
      reporter.error(at('metric'), 'wrong-kind', `Stage \`${stageName}\` has no output of kind score to compare.`);
      return undefined;
    }
    scores.push(...output.refs.map((ref) => ({ draft: ref.draft, output: ref.output, key: cell.label })));
    for (const draft of draftsIn(stage)) {
      const instances = (draft.inputs.instances ?? []).map((input) =>
        input.from === 'node' ? `${identities().get(input.draft) ?? ''} ${input.output}` : digestOf(input),
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
  if (scores.length === 0 || scoresInput === undefined) return undefined;
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(raw)) values[name] = value;
  const properties = declaration.params.properties ?? {};
  if (Object.hasOwn(properties, 'cells'))
    values.cells = Object.fromEntries(cells.map(({ cell }) => [cell.label, { ...cell.labels }]));
  for (const violation of validateSchema(declaration.params, values, '`compare`')) {
    reporter.error(
      { ...at(...violation.path), key: violation.key },
      violation.code,
      violation.message,
      violation.suggestion,
    );
  }
  const draft: Draft = {
    id: 'compare',
    cell: '',
    declaration,
    inputs: { [scoresInput]: scores.map((score) => ({ from: 'node', ...score }) as const) },
    kinds: Object.fromEntries(Object.entries(declaration.outputs).map(([name, { kind }]) => [name, kind])),
    with: values,
    needs: [],
    policy: readPolicy({}, first.defaults, declaration.queue, declaration.map === true, (path, code, message) =>
      reporter.error(at(...path), code, message),
    ),
    approve: false,
    line: entry.place.source.line(entry.place.path, true),
    place: { ...entry.place, key: true },
  };
  return draft;
}
