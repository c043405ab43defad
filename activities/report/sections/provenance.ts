import type { Block, Section } from '../document/blocks.js';
import { linePlot, type Series } from '../plots/lines.js';
import type { ComparisonDocument } from '../comparison-document.js';
import type { ScoreDocument } from '../score-document.js';
import { comparisonLimits } from './comparison.js';
import type { ReportFacts } from './facts.js';
import type { Note } from './notes.js';
import { paperTargets } from './paper-targets.js';

/** Training, data and settings: where the numbers come from. */
export function provenanceSections(
  score: ScoreDocument | null,
  comparison: ComparisonDocument | null,
  facts: ReportFacts,
  notes: readonly Note[],
): Section[] {
  return [
    ...training(notes),
    ...(notes.length === 0 ? [] : [data(notes)]),
    ...(score === null ? [] : [...paperTargets(facts, score), settings(score, facts), limits(score, facts)]),
    ...(score === null && comparison !== null ? [comparisonLimits(comparison, facts)] : []),
  ];
}

function training(notes: readonly Note[]): Section[] {
  const blocks = notes.flatMap((note): Block[] => {
    const series = Object.entries(note.losses)
      .filter(([, points]) => points.length > 1)
      .map(([label, points], colour): Series => ({ label, points: thinned(points), colour }));
    if (series.length === 0) return [];
    const ends = series
      .map(
        ({ label, points }) => `${label} from ${points[0]?.y.toFixed(2) ?? ''} to ${points.at(-1)?.y.toFixed(2) ?? ''}`,
      )
      .join('; ');
    return [
      {
        type: 'plot',
        title: `${note.title}.`,
        svg: linePlot(series, {
          description: `Training loss by step, ${ends}`,
          xLabel: 'step',
          yLabel: 'loss',
          marks: false,
          yFrom: 0,
        }),
        description: `${ends}.`,
      },
    ];
  });
  return blocks.length === 0 ? [] : [{ id: 'training', title: 'Training', blocks }];
}

function data(notes: readonly Note[]): Section {
  return {
    id: 'data',
    title: 'Data, and what was rejected',
    blocks: notes.flatMap((note): Block[] => {
      const counted = Object.entries(note.counts);
      if (counted.length > 0) {
        return [
          {
            type: 'table',
            caption: `${note.title}: ${note.records} records`,
            columns: [{ title: 'property' }, { title: 'value' }, { title: 'count', numeric: true }],
            rows: counted.flatMap(([property, values]) =>
              Object.entries(values).map(([value, count]) => [property.replaceAll('_', ' '), value, String(count)]),
            ),
          },
        ];
      }
      const [only] = note.rows;
      if (only !== undefined && note.records === 1 && note.kind === 'metrics') {
        const values = Object.entries(only).filter(([name]) => name !== 'log');
        return [
          {
            type: 'table',
            caption: note.title,
            columns: [{ title: 'property' }, { title: 'value' }],
            rows: values.map(([name, value]) => [name.replaceAll('_', ' '), shown(value)]),
          },
        ];
      }
      if (note.rows.length === 0 || Object.keys(note.losses).length > 0)
        return [{ type: 'text', text: `${note.title}: ${note.records} records.` }];
      const columns = [...new Set(note.rows.flatMap((row) => Object.keys(row)))].slice(0, 10);
      return [
        {
          type: 'table',
          caption: `${note.title}: ${note.records} records${note.records > note.rows.length ? `, the first ${note.rows.length}` : ''}`,
          columns: columns.map((title) => ({
            title: title.replaceAll('_', ' '),
            numeric: note.rows.every((row) => typeof (row[title] ?? 0) === 'number'),
          })),
          rows: note.rows.map((row) => columns.map((column) => shown(row[column]))),
        },
      ];
    }),
  };
}

function settings(score: ScoreDocument, facts: ReportFacts): Section {
  const params = Object.entries(facts.params);
  return {
    id: 'settings',
    title: 'Settings',
    blocks: [
      {
        type: 'list',
        items: [
          `Profile: ${facts.profile ?? 'not named in the report stage'}.`,
          `Base: ${facts.base ?? 'see the rows of this report'}.`,
          `Seeds: ${
            Object.keys(facts.seeds).length === 0
              ? `bootstrap ${score.settings.seed}`
              : Object.entries({ ...facts.seeds, bootstrap: score.settings.seed })
                  .map(([name, value]) => `${name} ${shown(value)}`)
                  .join(', ')
          }.`,
          `K: ${score.settings.k.join(', ')}. Interval: ${score.settings.interval}. Resamples: ${score.settings.resamples}.`,
        ],
      },
      ...(params.length === 0
        ? []
        : [
            {
              type: 'table' as const,
              caption: 'Params, and how well each default is known (paper, secondary, code, assumed)',
              columns: [{ title: 'param' }, { title: 'value' }, { title: 'origin' }],
              rows: params.map(([name, value]) => [name, shown(value), facts.origins[name] ?? '–']),
            },
          ]),
    ],
  };
}

function limits(score: ScoreDocument, facts: ReportFacts): Section {
  return {
    id: 'limits',
    title: 'Limits',
    blocks: [
      {
        type: 'list',
        items: [
          'One trained model a row, unless the recipe averages over training seeds: the intervals are over instances and rollouts, not over trainings.',
          `Rollouts of one instance are not independent of each other; the bootstrap resamples instances, ${score.instances.total} of them from ${Object.keys(score.instances.by_repo).length} packages. Other packages may differ more than the intervals say.`,
          'Turn budgets are compared at equal turns; tokens stand beside them, wall time depends on the machine and is not in the records.',
          'Pass@K is an oracle: nobody who has to choose an attempt reaches it.',
          ...(facts.scripted ? ['The teacher is scripted; its error rates are settings, not measurements.'] : []),
          ...(score.rows.some(({ name }) => name.startsWith('control'))
            ? []
            : [
                'There is no row with equal extra compute on other data (control): a gain may in part come from more steps.',
              ]),
        ],
      },
    ],
  };
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

/** At most 300 points: more cannot be seen. */
function thinned(points: readonly { x: number; y: number }[]): { x: number; y: number }[] {
  const every = Math.ceil(points.length / 300);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}
