import type { Section } from '../../document/blocks.js';
import { decimal, percent, withInterval } from '../../document/numbers.js';
import { type Bar, barPlot } from '../../plots/bars.js';
import type { ScoreDocument, Selector } from '../../score-document.js';
import { mainRow } from '../summary.js';

/** Pass@1 of each row and what choosing comes to, as bars and as a table. */
export function rates(score: ScoreDocument): Section {
  const main = mainRow(score);
  const k = Math.max(0, ...(main?.selectors[0]?.at.map((one) => one.k) ?? []));
  const bars: Bar[] = [
    ...score.rows.map((row): Bar => ({ label: `${row.name} Pass@1`, ...inPercent(row.pass_at_1), group: 0 })),
    ...(main?.selectors ?? [])
      .filter(({ kind }) => kind !== 'random')
      .flatMap((selector): Bar[] => {
        const at = selector.at.find((one) => one.k === k);
        const group = selector.kind === 'verifier' || selector.kind === 'vote' ? 1 : selector.kind === 'oracle' ? 6 : 2;
        return at === undefined ? [] : [{ label: shortLabel(selector, k), ...inPercent(at.all), group }];
      }),
  ];
  const description = `Resolved instances in per cent: ${bars.map(({ label, value }) => `${label} ${value.toFixed(1)}`).join(', ')}. Whiskers are ${Math.round(score.settings.interval * 100)} % intervals.`;
  return {
    id: 'rates',
    title: 'Rates',
    blocks: [
      {
        type: 'plot',
        title: `Resolved, per cent of all ${score.instances.total} instances.`,
        svg: barPlot(bars, description),
        description: `Selection is of ${main?.name ?? 'no row'} at K = ${k}. Whiskers: ${Math.round(score.settings.interval * 100)} % intervals.`,
      },
      {
        type: 'table',
        caption:
          'Rows. The gain is split into writing an edit that applies and the fix being right; their product is Pass@1.',
        columns: [
          { title: 'row' },
          { title: 'rollouts each', numeric: true },
          { title: 'Pass@1, all', numeric: true },
          { title: 'Pass@1, gold-valid', numeric: true },
          { title: 'valid-call rate', numeric: true },
          { title: 'fix rate given valid', numeric: true },
          { title: 'turns', numeric: true },
          { title: 'sampled tokens', numeric: true },
          { title: 'leave one package out', numeric: true },
        ],
        rows: score.rows.map((row) => [
          row.name,
          String(row.samples),
          withInterval(row.pass_at_1),
          withInterval(row.pass_at_1_valid),
          percent(row.valid_call_rate),
          percent(row.fix_given_valid),
          decimal(row.turns, 1),
          decimal(row.tokens, 0),
          row.leave_one_out === null ? '–' : `${percent(row.leave_one_out.low)} to ${percent(row.leave_one_out.high)}`,
        ]),
      },
    ],
  };
}

function shortLabel(selector: Selector, k: number): string {
  return selector.kind === 'vote'
    ? `weighted vote@${k}, ${selector.verifier ?? ''}`
    : selector.label.replace('@K', `@${k}`);
}

function inPercent({ mean, low, high }: { mean: number; low: number; high: number }): {
  value: number;
  low: number;
  high: number;
} {
  return { value: mean * 100, low: low * 100, high: high * 100 };
}
