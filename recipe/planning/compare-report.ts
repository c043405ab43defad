import type { Draft, DraftInput, NewDraft } from '../draft.js';
import { display } from '../expressions/functions.js';
import { readInput, resolveReference } from './inputs.js';
import type { Entry } from '../syntax/entry.js';
import type { Cell } from '../matrix/cell.js';
import { isObject } from '../merge.js';
import type { Planner } from './planner.js';
import { readPolicy } from './policy.js';

/** Plans the report of a comparison, with the artifacts of the cells that `notes` names. Nothing where `report/write` is missing. */
export function planCompareReport(
  entry: Entry,
  compare: Draft,
  cells: readonly { cell: Cell; planner: Planner }[],
): Draft | undefined {
  const first = cells[0]?.planner;
  const declaration = first?.options.activities.find(({ name }) => name === 'report/write');
  const [comparison] = Object.entries(compare.kinds).find(([, kind]) => kind === 'comparison') ?? [];
  if (first === undefined || declaration === undefined || comparison === undefined) return undefined;
  const raw = isObject(entry.raw) ? entry.raw : {};
  const draft: NewDraft = {
    id: `${compare.id}.report`,
    cell: '',
    declaration,
    inputs: {
      comparison: [{ from: 'node', draft: compare, output: comparison, key: '' }],
      notes: readNotes(entry, Array.isArray(raw.notes) ? raw.notes.map(display) : [], cells),
    },
    kinds: Object.fromEntries(Object.entries(declaration.outputs).map(([name, { kind }]) => [name, kind])),
    with: { title: raw.title === undefined ? first.options.recipe.name : display(raw.title) },
    needs: [],
    policy: readPolicy({}, first.defaults, declaration.queue, Boolean(declaration.map), () => undefined),
    approve: false,
    line: compare.line,
    entry,
    work: -1,
  };
  draft.work = first.options.identities.numberOf(draft);
  return draft;
}

/** Each artifact once, however many cells share it, under the axes that tell it from the others. */
function readNotes(
  entry: Entry,
  notes: readonly string[],
  cells: readonly { cell: Cell; planner: Planner }[],
): DraftInput[] {
  const resolved = notes.map((note, index) => {
    const place = { ...entry.place, path: [...entry.place.path, 'notes', index] };
    const sources = cells.flatMap(({ cell, planner }) => {
      const { reporter } = planner.options;
      const value = resolveReference(note, planner.root.scope(), reporter, place);
      const read = readInput(value, 'notes', { kind: 'any' });
      for (const message of read.refused) reporter.error(place, 'wrong-kind', message);
      return read.sources.flatMap((source) => (source.from === 'node' ? [{ cell, source }] : []));
    });
    return { note, sources };
  });
  return resolved.flatMap(({ note, sources }) => {
    const found: { source: Source & { readonly key: string }; cells: Cell[] }[] = [];
    for (const { cell, source } of sources) {
      const equal = found.find((one) => same(one.source, source));
      if (equal) equal.cells.push(cell);
      else found.push({ source, cells: [cell] });
    }
    return found.map(({ source, cells: own }) => {
      const axes = own.length === cells.length ? '' : `@${sharedLabels(own, cells)}`;
      const { draft, output, key } = source;
      return { from: 'node' as const, draft, output, key: `${key === '' ? note : key}${axes}` };
    });
  });
}

interface Source {
  readonly draft: Draft;
  readonly output: string;
}

function same(left: Source, right: Source): boolean {
  return left.output === right.output && left.draft.work === right.draft.work;
}

/** Labels that these cells share and not all cells have. */
function sharedLabels(own: readonly Cell[], cells: readonly { cell: Cell }[]): string {
  return Object.entries(own[0]?.labels ?? {})
    .filter(
      ([axis, label]) =>
        own.every((cell) => cell.labels[axis] === label) && !cells.every(({ cell }) => cell.labels[axis] === label),
    )
    .map(([axis, label]) => `${axis}=${label}`)
    .join(',');
}
