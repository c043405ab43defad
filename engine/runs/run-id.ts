import { randomInt } from 'node:crypto';

/** No vowels, so no words; no letters that look like digits. */
const LETTERS = 'bcdfghjkmnpqrstvwxz23456789';

/** `261124-230145-k7x`: UTC date and time, so that ids sort by age, and three letters against collisions. */
export function newRunId(now: Date = new Date()): string {
  const tail = Array.from({ length: 3 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${stampOf(now)}-${tail}`;
}

/** `261125-020000-nightly`: the same firing of a schedule is the same run. */
export function scheduledRunId(schedule: string, at: Date): string {
  return `${stampOf(at)}-${schedule}`;
}

function stampOf(time: Date): string {
  const stamp = time.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return `${stamp.slice(0, 6)}-${stamp.slice(6)}`;
}
