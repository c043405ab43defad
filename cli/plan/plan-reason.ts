import type { StagePreview } from '../../engine/explain/preview.js';
import type { Difference } from '../../recipe/explain/explain.js';
import { shownSides } from '../../recipe/explain/shown-sides.js';

/** Why a stage is in its state, in a few words. */
export function reasonOf({ state, on, hold, made, against, differences, note }: StagePreview): string {
  switch (state) {
    case 'cached':
      if (hold === 'expect') return 'its `expect` is false: the run will hold here';
      if (hold === 'approve') return 'waits for approval: the run will hold here';
      return made?.run === undefined ? '' : `done by ${made.run}`;
    case 'waiting': {
      // Of a stage that nobody had before there is nothing else to say.
      const own = differences?.length ? `; ${shortened(differences.map(changed), 2)}` : '';
      return `on ${shortened(on, 3)}${own}`;
    }
    case 'to run':
      if (against === undefined || differences === undefined) return 'first run';
      if (differences.length === 0) return `its result of ${against} is gone`;
      return shortened(differences.map(changed), 2);
    case 'unknown':
      return note?.split('\n')[0] ?? '';
  }
}

/** `train.steps 60 -> 1`; a digest says only that its input is another one. */
function changed({ field, before, after }: Difference): string {
  if (field.startsWith('inputs.'))
    return `${field.slice('inputs.'.length).replace(/(\[\d+\])?(\.(digest|key|model.*))?$/, '')} changed`;
  if (field === 'environment') return 'the sandbox changed';
  if (field === 'code') return 'its code changed';
  const [left, right] = shownSides(before, after, 48);
  const name = field === 'version' ? 'version of the activity' : field.replace(/^with\./, '');
  return `${name} ${left} -> ${right}`;
}

export function shortened(words: readonly string[], most: number): string {
  const unique = [...new Set(words)];
  const rest = unique.length - most;
  return `${unique.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
