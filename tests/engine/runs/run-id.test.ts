import { expect, test } from 'vitest';
import { newRunId, scheduledRunId } from '../../../engine/runs/run-id.js';

test('the same firing of a schedule is the same run, and ids sort by time among others', () => {
  const at = new Date('2026-11-25T02:00:00Z');
  expect(scheduledRunId('nightly', at)).toBe('261125-020000-nightly');
  expect(scheduledRunId('nightly', new Date('2026-11-25T02:00:00.900Z'))).toBe('261125-020000-nightly');
  const later = newRunId(new Date('2026-11-25T02:00:01Z'));
  expect([later, scheduledRunId('nightly', at)].sort()).toEqual(['261125-020000-nightly', later]);
});
