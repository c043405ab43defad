import type { Cell } from './cell.js';
import { CellGroups } from './cell-groups.js';
import type { Layer } from '../params/param-layers.js';
import { sameValue } from '../expressions/functions.js';
import type { Json, JsonObject } from '../json.js';
import { limits } from '../limits.js';
import type { Entry } from '../syntax/entry.js';
import { deepMerge, isObject, nested } from '../merge.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** The cells of a matrix, with `include` and `exclude` as in GitHub Actions. Without one: undefined. */
export function cellsOf(entry: Entry, params: readonly string[], reporter: Reporter): Cell[] {
  const raw = isObject(entry.raw) ? entry.raw : {};
  const axes: { axis: string; options: { label: string; value: Json }[] }[] = [];
  for (const [axis, values] of Object.entries(raw)) {
    if (axis === 'include' || axis === 'exclude') continue;
    const name = axis.split('.')[0] ?? '';
    if (!params.includes(name)) {
      const meant = suggest(name, params);
      reporter.error(
        { ...entry.place, path: [...entry.place.path, axis], key: true },
        'unknown-param',
        `Axis \`${axis}\`: there is no param \`${name}\`${didYouMean(meant) || `; there are ${listed(params, 40)}.`}`,
        meant,
      );
      continue;
    }
    const options = Array.isArray(values)
      ? values.map((value) => ({ label: labelOf(value), value }))
      : Object.entries(isObject(values) ? values : {}).map(([label, value]) => ({ label, value }));
    const seen = new Set<string>();
    for (const [index, { label }] of options.entries()) {
      if (!seen.has(label)) {
        seen.add(label);
        continue;
      }
      reporter.error(
        { ...entry.place, path: [...entry.place.path, axis, index] },
        'duplicate-cell',
        `Axis \`${axis}\` has \`${label}\` twice: two cells would have one name. Write it once, or give values labels, as { label: value }.`,
      );
    }
    axes.push({ axis, options });
  }
  // Without an axis there is nothing to multiply: includes alone are the cells.
  const product = axes.reduce((count, { options }) => count * options.length, 1);
  if (product > limits.cells) {
    reporter.error(
      { ...entry.place, key: true },
      'matrix-too-large',
      `The matrix has ${product} cells; ${limits.cells} are the most. Drop an axis, or read it out of one wider run.`,
    );
    return [];
  }
  let cells: { labels: Record<string, string>; values: Record<string, Json> }[] = Object.keys(raw).every(
    (name) => name === 'include' || name === 'exclude',
  )
    ? []
    : [{ labels: {}, values: {} }];
  for (const { axis, options } of axes) {
    cells = cells.flatMap((cell) =>
      options.map(({ label, value }) => ({
        labels: { ...cell.labels, [axis]: label },
        values: { ...cell.values, [axis]: value },
      })),
    );
  }
  const fits = (cell: (typeof cells)[number], wanted: JsonObject): boolean =>
    Object.entries(wanted).every(
      ([axis, value]) =>
        cell.labels[axis] === labelOf(value) ||
        (Object.hasOwn(cell.values, axis) && sameValue(cell.values[axis] ?? null, value)),
    );
  for (const [index, wanted] of (Array.isArray(raw.exclude) ? raw.exclude : []).entries()) {
    const kept = cells.filter((cell) => !fits(cell, wanted as JsonObject));
    if (kept.length === cells.length)
      reporter.warn(
        { ...entry.place, path: [...entry.place.path, 'exclude', index] },
        'exclude-nothing',
        'This `exclude` matches no cell of the matrix.',
      );
    cells = kept;
  }
  const original = cells.map((cell) => ({ ...cell.values }));
  for (const given of Array.isArray(raw.include) ? raw.include : []) {
    if (!isObject(given)) continue;
    // A label stands for its value, as it does in `exclude`.
    const include = Object.fromEntries(
      Object.entries(given).map(([axis, value]) => {
        const option = axes.find((one) => one.axis === axis)?.options.find(({ label }) => label === value);
        return [axis, option?.value ?? value];
      }),
    );
    // As in GitHub Actions: it extends every cell whose own axes it does not contradict, else it is a cell of its own.
    const extended =
      axes.length === 0
        ? []
        : cells.filter((_, index) => {
            const own = original[index];
            return (
              own !== undefined &&
              Object.entries(include).every(
                ([axis, value]) => !Object.hasOwn(own, axis) || sameValue(own[axis] ?? null, value),
              )
            );
          });
    const labels = Object.fromEntries(Object.entries(given).map(([axis, value]) => [axis, labelOf(value)]));
    if (extended.length === 0) cells.push({ labels, values: { ...include } });
    for (const cell of extended) {
      Object.assign(cell.labels, labels);
      Object.assign(cell.values, include);
    }
  }
  if (cells.length === 0)
    reporter.error({ ...entry.place, key: true }, 'empty-matrix', 'The matrix has no cells: every one is excluded.');
  return cells.map(({ labels, values }) => ({
    labels,
    values,
    label: Object.entries(labels)
      .map(([axis, label]) => `${axis}=${label}`)
      .join(','),
  }));
}

/** Cells as layers of params. `${{ params.x }}` stands for the profile's own value. */
export function layersOf(entry: Entry): (cell: Cell, own: (param: string) => Json | undefined) => Layer {
  // All cells say the same param at the same place.
  const places = new Map<string, Place>();
  const placeOf = (cell: Cell, path: readonly string[]): Place => {
    const at = path.join('.');
    const axis = Object.keys(cell.values).find((axis) => at.startsWith(axis) || axis.startsWith(at)) ?? '';
    const known = places.get(axis) ?? { ...entry.place, path: [...entry.place.path, axis] };
    places.set(axis, known);
    return known;
  };
  return (cell, own) => {
    let values: JsonObject = {};
    for (const [axis, raw] of Object.entries(cell.values)) {
      const reference = typeof raw === 'string' ? /^\s*\$\{\{\s*params\.([\w-]+)\s*\}\}\s*$/.exec(raw)?.[1] : undefined;
      const value = reference === undefined ? raw : (own(reference) ?? null);
      values = deepMerge(values, nested(axis.split('.'), value)) as JsonObject;
    }
    return {
      from: `matrix ${cell.label}`,
      file: entry.place.source.file,
      values,
      place: (path) => placeOf(cell, path),
    };
  };
}

/** Axes whose value changes the work of no stage: cells that differ only there hold the same stages. */
export function idleAxes(cells: readonly Cell[], works: readonly ReadonlySet<number>[]): string[] {
  const groups = new CellGroups(new Map(cells.map(({ label, labels }) => [label, labels])));
  const marks = works.map((own) => [...own].sort((left, right) => left - right).join(' '));
  return groups.axes.filter((axis) => {
    const found = new Map<number, { readonly labels: Set<string>; readonly marks: Set<string> }>();
    for (const [index, { label, labels }] of cells.entries()) {
      const number = groups.of(label, axis);
      const group = found.get(number) ?? { labels: new Set(), marks: new Set() };
      group.labels.add(labels[axis] ?? '');
      group.marks.add(marks[index] ?? '');
      found.set(number, group);
    }
    const several = [...found.values()].filter(({ labels }) => labels.size > 1);
    return several.length > 0 && several.every(({ marks }) => marks.size === 1);
  });
}

function labelOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (isObject(value) && typeof value.name === 'string') return value.name;
  return JSON.stringify(value);
}
