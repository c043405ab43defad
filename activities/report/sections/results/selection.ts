import type { Section } from '../../document/blocks.js';
import { percent, withInterval } from '../../document/numbers.js';
import { linePlot, type Series } from '../../plots/lines.js';
import type { ScoreRow } from '../../score-document.js';

/** One of K attempts, by each selector. */
export function selection(row: ScoreRow): Section {
  const ks = row.selectors[0]?.at.map(({ k }) => k) ?? [];
  const series = row.selectors.map((selector, index): Series => ({
    label: selector.label,
    colour: selector.kind === 'random' ? 6 : selector.kind === 'oracle' ? 2 : selector.kind === 'verifier' ? 0 : index,
    dashed: selector.kind === 'random' || selector.kind === 'oracle',
    band: selector.kind === 'verifier',
    points: selector.at.map(({ k, all }) => ({ x: k, y: all.mean * 100, low: all.low * 100, high: all.high * 100 })),
  }));
  const description = `Resolved by number of attempts to choose from: ${row.selectors.map(({ label, at }) => `${label} ${at.map(({ k, all }) => `${percent(all.mean)} at ${k}`).join(', ')}`).join('; ')}.`;
  return {
    id: `selection-${row.name}`,
    title: `Choosing among K attempts: ${row.name}`,
    blocks: [
      ...(ks.length > 1
        ? [
            {
              type: 'plot' as const,
              title: `${row.name}: one of K.`,
              svg: linePlot(series, {
                description,
                xLabel: 'K, attempts to choose from',
                yLabel: 'resolved',
                unit: ' %',
                logX: true,
                xTicks: ks,
              }),
              description:
                'Exact expectations over all subsets of K, ties averaged. The band is the interval of the verifier.',
            },
          ]
        : []),
      {
        type: 'table',
        caption: `Resolved, per cent of all instances. Re-rankable instances (right and wrong attempts): ${percent(row.rerankable)} %.${ks.includes(row.samples) ? ` At K = ${row.samples} there is one subset an instance.` : ''}`,
        columns: [
          { title: 'selector' },
          ...ks.map((k) => ({ title: `K = ${k}`, numeric: true })),
          { title: `gold-valid, K = ${ks.at(-1) ?? ''}`, numeric: true },
        ],
        rows: row.selectors.map((selector) => [
          selector.label,
          ...selector.at.map(({ all }) => withInterval(all)),
          withInterval(selector.at.at(-1)?.valid),
        ]),
      },
    ],
  };
}
