import type { Activity } from '../../activities/activity.js';
import { completed } from '../../recipe/planning/activity-shape.js';

/** What a module exports as activities, as it is: `default`, and those of a list `activities`. */
export function exportsOf(module: unknown): unknown[] {
  const { default: single, activities } = module as { default?: unknown; activities?: unknown };
  const several = Symbol.iterator in Object(activities) ? [...(activities as Iterable<unknown>)] : [];
  // A CommonJS module: what it exports is the default.
  const inner = single as { activities?: unknown } | undefined;
  if (activities === undefined && inner !== null && typeof inner === 'object' && Array.isArray(inner.activities))
    return exportsOf(inner);
  return [...(single === undefined ? [] : [single]), ...several.filter((activity) => activity !== single)];
}

/** The same of a module whose activities were checked when they were bundled. */
export function exportedActivities(module: unknown): Activity[] {
  return exportsOf(module).map((activity) => completed(activity as Activity));
}
