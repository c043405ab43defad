import type { Section } from '../../document/blocks.js';
import { decimal } from '../../document/numbers.js';
import { linePlot, type Series } from '../../plots/lines.js';
import type { ScoreDocument } from '../../score-document.js';

/** How well verifiers tell right from wrong. */
export function verifiers(score: ScoreDocument): Section {
  const judged = score.rows.flatMap((row) => row.verifiers.map((verifier) => ({ row, verifier })));
  const series = judged
    .filter(({ verifier }) => verifier.calibration.length > 1)
    .map(({ row, verifier }, index): Series => ({
      label: `${row.name}, ${verifier.verifier}`,
      colour: index,
      points: verifier.calibration.map((bin) => ({ x: bin.score, y: bin.right * 100 })),
    }));
  const ideal: Series = {
    label: 'perfect calibration',
    colour: 6,
    dashed: true,
    points: [
      { x: 0, y: 0 },
      { x: 1, y: 100 },
    ],
  };
  return {
    id: 'verifiers',
    title: 'Verifiers',
    blocks: [
      {
        type: 'table',
        caption:
          'Over attempts that have a patch. AUC within: inside re-rankable instances, which is what choosing lives on; 0.5 is chance.',
        columns: [
          { title: 'row' },
          { title: 'verifier' },
          { title: 'AUC', numeric: true },
          { title: 'AUC within', numeric: true },
          { title: 'Brier', numeric: true },
          { title: 'calibration error', numeric: true },
          { title: 'judged', numeric: true },
          { title: 'null', numeric: true },
          { title: 'not judged', numeric: true },
        ],
        rows: judged.map(({ row, verifier: one }) => [
          row.name,
          one.verifier,
          decimal(one.auc),
          decimal(one.auc_within),
          decimal(one.brier, 3),
          decimal(one.calibration_error, 3),
          String(one.judged),
          String(one.nulls),
          String(one.missing),
        ]),
      },
      ...(series.length === 0
        ? []
        : [
            {
              type: 'plot' as const,
              title: 'Calibration.',
              svg: linePlot([...series, ideal], {
                description: 'Share right by verifier score',
                xLabel: 'verifier score',
                yLabel: 'right',
                unit: ' %',
                yFrom: 0,
                yTo: 100,
              }),
              description: `Share of right attempts by score, in tenths; a score says a probability where the line is the diagonal. ${series[0]?.label ?? ''}: ${series[0]?.points.map(({ x, y }) => `${y.toFixed(0)} % right at ${x.toFixed(2)}`).join(', ') ?? ''}.`,
            },
          ]),
    ],
  };
}
