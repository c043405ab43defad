import type { ScheduleStatus } from '../../engine/client/schedules.js';
import { formatDuration } from '../format.js';
import { table } from '../table.js';

/** Schedules, one a line. */
export function scheduleTable(schedules: readonly ScheduleStatus[], now: number): string[] {
  return table(
    ['SCHEDULE', 'RECIPE', 'PROFILE', 'WHEN', 'NEXT', 'LAST RUN', '>SKIPPED'],
    schedules.map(({ id, recipe, profile, when, paused, note, next, last, skipped }) => [
      id,
      recipe,
      profile ?? '-',
      [...(when.cron ?? []), when.every ? `every ${when.every}` : '', when.timezone ?? ''].filter(Boolean).join(', '),
      paused ? `paused${note ? ` (${note})` : ''}` : next ? `in ${formatDuration(Date.parse(next) - now)}` : '-',
      last ? `${last.run} ${last.state ?? 'not started'}` : '-',
      String(skipped),
    ]),
  );
}
