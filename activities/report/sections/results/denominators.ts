import type { Section } from '../../document/blocks.js';
import type { ScoreDocument } from '../../score-document.js';

/** What became of every rollout and of every instance. */
export function denominators(score: ScoreDocument): Section {
  const kinds = [...new Set(score.rows.flatMap(({ verdicts }) => Object.keys(verdicts)))].sort();
  return {
    id: 'denominators',
    title: 'Denominators',
    blocks: [
      {
        type: 'text',
        text: `Nothing is dropped: all ${score.instances.total} test instances are in every rate, and what is not valid, not graded, missing or empty is a failure. Instance set ${score.instances.digest.slice(0, 19)}.`,
      },
      {
        type: 'table',
        caption: 'Rollouts by what became of them (one on an instance that is not valid also has a verdict)',
        columns: [
          { title: 'row' },
          { title: 'rollouts', numeric: true },
          ...kinds.map((kind) => ({ title: kind.replaceAll('_', ' '), numeric: true })),
        ],
        rows: score.rows.map((row) => [
          row.name,
          String(row.rollouts),
          ...kinds.map((kind) => String(row.verdicts[kind] ?? 0)),
        ]),
      },
      {
        type: 'table',
        caption: 'Test instances by status, and why those that are not valid are not',
        columns: [{ title: 'status or reason' }, { title: 'instances', numeric: true }],
        rows: [...Object.entries(score.instances.by_status), ...Object.entries(score.instances.by_reason)].map(
          ([name, count]) => [name, String(count)],
        ),
      },
    ],
  };
}
