import type { Section } from '../document/blocks.js';
import { percent, points, probability } from '../document/numbers.js';
import type { ComparisonDocument } from '../comparison-document.js';
import { pointRange } from './summary.js';

export function comparisonSection(comparison: ComparisonDocument): Section {
  const tone = { supported: 'good', contradicted: 'bad', 'not resolved': 'neutral' } as const;
  return {
    id: 'comparison',
    title: 'Comparison of cells',
    blocks: [
      {
        type: 'text',
        text: `Metric ${comparison.metric}; baseline ${comparison.baseline}; ${comparison.averaged.length === 0 ? 'nothing averaged' : `averaged over ${comparison.averaged.join(', ')}`}. ${comparison.instances} instances, the same in every cell; paired bootstrap, corrected by ${comparison.correction}.`,
      },
      {
        type: 'table',
        caption: 'Cells. Spread: standard deviation over the averaged runs.',
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
          percent(cell.mean),
          percent(cell.spread),
          cell.difference === null ? 'baseline' : points(cell.difference.mean),
          cell.difference === null ? '–' : pointRange(cell.difference),
          cell.p === null ? '–' : probability(cell.p),
          cell.wording === null ? '–' : { text: cell.wording, tone: tone[cell.wording] },
          percent(cell.detectable),
          cell.target === null
            ? '–'
            : `${cell.target.delta > 0 ? '+' : ''}${cell.target.delta} (${cell.target.source}; ${cell.target.trust})`,
        ]),
      },
    ],
  };
}
