import type { Trajectory } from '../../schemas/records.js';

/** The same call with the same answer three times: a `test` after each edit is work, the same error again and again is a loop. */
export function loops(trajectory: Trajectory): boolean {
  const seen = new Map<string, number>();
  return trajectory.messages.some(({ role, content }, index) => {
    if (role !== 'assistant') return false;
    const step = JSON.stringify([content, trajectory.messages[index + 1]?.content ?? null]);
    const times = (seen.get(step) ?? 0) + 1;
    seen.set(step, times);
    return times >= 3;
  });
}
