import type { Attempt } from './attempts.js';
import type { VerifierQuality } from './score-document.js';
import { mean } from './statistics/bootstrap.js';
import { auc, brier, calibration, calibrationError, type Judged } from './statistics/calibration.js';

/** Over the attempts that have a patch: to tell an empty one from a right one is no merit. */
export function verifierQuality(verifier: string, attempts: readonly (readonly Attempt[])[]): VerifierQuality {
  const judgedOf = (own: readonly Attempt[]): Judged[] =>
    own.flatMap(({ scores, right, patch }) => {
      const score = scores[verifier];
      return score === null || score === undefined || patch === null ? [] : [{ score, right }];
    });
  const flat = attempts.flat();
  const judged = judgedOf(flat);
  const bins = calibration(judged);
  const within = attempts.flatMap((own) => auc(judgedOf(own)) ?? []);
  return {
    verifier,
    judged: flat.filter(({ scores }) => typeof scores[verifier] === 'number').length,
    nulls: flat.filter(({ scores }) => scores[verifier] === null).length,
    missing: flat.filter(({ scores }) => scores[verifier] === undefined).length,
    auc: auc(judged),
    auc_within: within.length === 0 ? null : mean(within),
    brier: brier(judged),
    calibration_error: calibrationError(bins),
    calibration: bins,
  };
}
