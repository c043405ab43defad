import type { ComparedCell, ComparisonDocument } from '../comparison-document.js';
import type { Block, Section } from '../document/blocks.js';
import { percent, points, probability, withInterval } from '../document/numbers.js';
import { barPlot } from '../plots/bars.js';
import type { ReportFacts } from './facts.js';
import { pointRange } from './summary.js';

const TONE = { supported: 'good', contradicted: 'bad', 'not resolved': 'neutral' } as const;

/** @param facts given where the comparison is the whole report, and has to say what its data is */
export function comparisonSection(comparison: ComparisonDocument, facts: ReportFacts | null): Section {
  const scripted: Block[] =
    facts?.scripted === true ? [{ type: 'text', text: facts.teacherSentence, tone: 'warning' }] : [];
  return {
    id: 'comparison',
    title: 'Comparison of cells',
    blocks: [
      { type: 'text', text: introduction(comparison) },
      { type: 'list', items: comparison.cells.flatMap(finding) },
      ...scripted,
      {
        type: 'plot',
        title: 'Rate of each cell.',
        svg: barPlot(
          comparison.cells.map(({ name, estimate }, group) => ({
            label: name,
            value: estimate.mean * 100,
            low: estimate.low * 100,
            high: estimate.high * 100,
            group,
          })),
          `Rates in per cent: ${comparison.cells.map(({ name, estimate }) => `${name} ${withInterval(estimate)}`).join('; ')}`,
        ),
        description: comparison.cells.map(({ name, estimate }) => `${name} ${withInterval(estimate)}`).join('; '),
      },
      table(comparison),
    ],
  };
}

/** What a comparison does not show. */
export function comparisonLimits(comparison: ComparisonDocument, facts: ReportFacts): Section {
  const runs = Math.min(...comparison.cells.map((cell) => cell.runs));
  const { resamples, seed, interval } = comparison.settings;
  return {
    id: 'limits',
    title: 'Limits',
    blocks: [
      {
        type: 'list',
        items: [
          runs < 2
            ? 'One trained model a cell: a difference may be one of trainings, not of settings.'
            : `${runs} trainings a cell, averaged for each instance. Intervals are over instances; the spread of the trainings stands beside them and is not in them.`,
          `Bootstrap over instances: ${resamples} resamples, seed ${seed}, level ${interval}. Other packages may differ more than the intervals say.`,
          ...(comparison.correction === 'none' ? ['p values are not corrected for the number of comparisons.'] : []),
          ...(facts.scripted
            ? ['The teacher is scripted and its error rates are settings: what is compared is the mechanism.']
            : []),
        ],
      },
    ],
  };
}

function introduction(comparison: ComparisonDocument): string {
  const metrics = comparison.metrics.length === 1 ? 'Metric' : 'Metrics';
  const averaged =
    comparison.averaged.length === 0 ? 'nothing averaged' : `averaged over ${comparison.averaged.join(', ')}`;
  return `${metrics} ${comparison.metrics.join(', ')}; baseline ${comparison.baseline}; ${averaged}. ${comparison.instances} instances, the same in every cell; paired bootstrap over instances, p values ${comparison.correction === 'none' ? 'not corrected' : `corrected by ${comparison.correction}`}. Differences are in points.`;
}

function finding(cell: ComparedCell): string[] {
  if (cell.difference === null || cell.wording === null) return [];
  const word = `${cell.wording.charAt(0).toUpperCase()}${cell.wording.slice(1)}`;
  const rest =
    cell.wording === 'not resolved'
      ? `; the smallest difference that this size shows is ${percent(cell.detectable)}`
      : '';
  return [
    `${word}: ${cell.name} over the baseline, ${points(cell.difference.mean)} (${pointRange(cell.difference)})${rest}.`,
  ];
}

function table(comparison: ComparisonDocument): Block {
  return {
    type: 'table',
    caption: 'Cells. Spread: standard deviation of the means of the averaged runs.',
    columns: [
      { title: 'cell' },
      { title: 'runs', numeric: true },
      { title: 'mean', numeric: true },
      { title: 'spread', numeric: true },
      { title: 'against baseline', numeric: true },
      { title: 'interval', numeric: true },
      { title: 'p', numeric: true },
      { title: 'finding' },
      { title: 'detectable', numeric: true },
      { title: 'published' },
    ],
    rows: comparison.cells.map((cell) => [
      cell.name,
      String(cell.runs),
      withInterval(cell.estimate),
      percent(cell.spread),
      cell.difference === null ? 'baseline' : points(cell.difference.mean),
      cell.difference === null ? '–' : pointRange(cell.difference),
      cell.p === null ? '–' : probability(cell.p),
      cell.wording === null ? '–' : { text: cell.wording, tone: TONE[cell.wording] },
      percent(cell.detectable),
      published(cell),
    ]),
  };
}

function published({ target }: ComparedCell): string {
  if (target === null) return '–';
  const of = target.profile === null ? '' : `, for ${target.profile}`;
  return `${target.delta > 0 ? '+' : ''}${target.delta} (${target.source}; ${target.trust}${of})`;
}
