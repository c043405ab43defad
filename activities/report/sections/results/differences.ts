import type { Section } from '../../document/blocks.js';
import { percent, points, probability } from '../../document/numbers.js';
import type { ScoreDocument } from '../../score-document.js';
import { pointRange } from '../summary.js';

/** Paired differences between rows, with their intervals and findings. */
export function differences(score: ScoreDocument): Section {
  const tone = { supported: 'good', contradicted: 'bad', 'not resolved': 'neutral' } as const;
  return {
    id: 'differences',
    title: 'Differences',
    blocks: [
      {
        type: 'text',
        text: `Points, paired over instances; p from the bootstrap, corrected by Holm over the ${score.comparisons.length} comparisons of this table. "Not resolved" comes with the smallest difference that this many instances show at 80 % power, uncorrected.`,
      },
      {
        type: 'table',
        caption: 'Paired differences',
        columns: [
          { title: 'comparison' },
          { title: 'difference', numeric: true },
          { title: 'interval', numeric: true },
          { title: 'p', numeric: true },
          { title: 'p (Holm)', numeric: true },
          { title: 'finding' },
          { title: 'detectable', numeric: true },
          { title: 'leave one package out', numeric: true },
        ],
        rows: score.comparisons.map((one) => [
          one.label,
          points(one.difference.mean),
          pointRange(one.difference),
          probability(one.p),
          probability(one.p_holm),
          { text: one.wording, tone: tone[one.wording] },
          percent(one.detectable),
          one.leave_one_out === null ? '–' : pointRange(one.leave_one_out),
        ]),
      },
      ...(score.skipped.length === 0
        ? []
        : [
            {
              type: 'list' as const,
              items: score.skipped.map(({ pair, reason }) => `Not compared: ${pair} (${reason}).`),
            },
          ]),
    ],
  };
}
