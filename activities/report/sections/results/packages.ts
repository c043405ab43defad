import type { Section } from '../../document/blocks.js';
import { percent } from '../../document/numbers.js';
import type { ScoreDocument } from '../../score-document.js';

/** Pass@1 of each row in each package. */
export function packages(score: ScoreDocument): Section {
  const repos = Object.keys(score.instances.by_repo);
  return {
    id: 'packages',
    title: 'By package',
    blocks: [
      {
        type: 'table',
        caption:
          'Pass@1 of each row. With so few packages a cluster bootstrap would mean nothing; ranges without one package stand with each number instead.',
        columns: [
          { title: 'package' },
          { title: 'instances', numeric: true },
          ...score.rows.map(({ name }) => ({ title: name, numeric: true })),
        ],
        rows: repos.map((repo) => [
          repo,
          String(score.instances.by_repo[repo] ?? 0),
          ...score.rows.map((row) => percent(row.by_repo[repo]?.pass_at_1)),
        ]),
      },
    ],
  };
}
