import type { Estimate, ScoreDocument, ScoreRow } from '../../activities/report/score-document.js';
import { table } from '../table.js';

/** The result on one screen: a line a row of the score, in percent with intervals; then what the tests say. */
export function resultTable(score: ScoreDocument): string[] {
  const rows = score.rows.map((row) => [
    row.name,
    String(row.samples),
    percent(row.pass_at_1),
    atLargestK(row, 'verifier'),
    atLargestK(row, 'vote'),
    atLargestK(row, 'majority'),
    atLargestK(row, 'oracle'),
  ]);
  const headings = ['ROW', '>K', '>PASS@1 %', '>VERIFIER@K', '>VOTE@K', '>MAJORITY@K', '>PASS@K'];
  return table(headings, rows);
}

function atLargestK({ selectors, samples }: ScoreRow, kind: string): string {
  if (samples < 2) return '';
  const last = selectors.find((selector) => selector.kind === kind)?.at.at(-1);
  return last ? percent(last.all) : '';
}

function percent({ mean, low, high }: Estimate): string {
  const show = (share: number): string => (share * 100).toFixed(1);
  return `${show(mean)} [${show(low)}, ${show(high)}]`;
}
