import type { Section } from '../../document/blocks.js';
import { decimal, withInterval } from '../../document/numbers.js';
import { linePlot, type Series } from '../../plots/lines.js';
import type { ScoreDocument } from '../../score-document.js';

/** Pass@1 by the turns that an attempt may take. */
export function budgets(score: ScoreDocument): Section {
  const rows = score.rows.filter((row) => row.budgets.length > 0);
  const series = rows.map((row, index): Series => ({
    label: row.name,
    colour: index,
    points: row.budgets.map(({ budget, pass_at_1: one }) => ({
      x: budget,
      y: one.mean * 100,
      low: one.low * 100,
      high: one.high * 100,
    })),
  }));
  return {
    id: 'budgets',
    title: 'Turn budgets',
    blocks: [
      {
        type: 'text',
        text: 'The patch as it stood after so many turns. The prompt never names a limit, so one run reads out all of them.',
      },
      ...(series.some(({ points: own }) => own.length > 1)
        ? [
            {
              type: 'plot' as const,
              title: 'Pass@1 by turn budget.',
              svg: linePlot(series, {
                description: 'Pass@1 by turn budget',
                xLabel: 'turns',
                yLabel: 'resolved',
                unit: ' %',
                xTicks: score.settings.budgets,
                yFrom: 0,
              }),
              description: 'The same numbers are in the table.',
            },
          ]
        : []),
      {
        type: 'table',
        caption: 'Pass@1 at each budget, and mean turns taken up to it',
        columns: [
          { title: 'row' },
          { title: 'budget', numeric: true },
          { title: 'Pass@1', numeric: true },
          { title: 'turns taken', numeric: true },
          { title: 'tokens of the whole rollout', numeric: true },
        ],
        rows: rows.flatMap((row) =>
          row.budgets.map((one) => [
            row.name,
            String(one.budget),
            withInterval(one.pass_at_1),
            decimal(one.turns, 1),
            decimal(row.tokens, 0),
          ]),
        ),
      },
    ],
  };
}
