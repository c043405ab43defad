import type { Section } from '../document/blocks.js';
import type { ScoreDocument } from '../score-document.js';
import { budgets } from './results/budgets.js';
import { denominators } from './results/denominators.js';
import { differences } from './results/differences.js';
import { packages } from './results/packages.js';
import { rates } from './results/rates.js';
import { selection } from './results/selection.js';
import { verifiers } from './results/verifiers.js';

export function resultSections(score: ScoreDocument): Section[] {
  return [
    rates(score),
    differences(score),
    ...score.rows.filter(({ selectors }) => selectors.length > 0).map((row) => selection(row)),
    ...(score.rows.some(({ verifiers }) => verifiers.length > 0) ? [verifiers(score)] : []),
    ...(score.rows.some(({ budgets }) => budgets.length > 0) ? [budgets(score)] : []),
    packages(score),
    denominators(score),
  ];
}
