import type { Activity, ActivityContext, ItemResult, JsonObject, Scalars } from '../../activities/activity.js';
import { recordingContext, type Recorded } from './activity-context.js';

export interface MapRun extends Recorded {
  readonly scalars: Scalars;
  readonly results: readonly ItemResult[];
}

/** Runs a map as the engine does: items, all results, assembly; params are filled in with the activity's defaults. */
export async function runMapActivity(
  activity: Activity,
  options: Parameters<typeof recordingContext>[0],
  ports: Partial<Pick<ActivityContext, 'trainer' | 'environment' | 'directory' | 'signal'>> = {},
): Promise<MapRun> {
  if (activity.map !== true) throw new Error(`${activity.name} is no map`);
  const params = { ...defaultsOf(activity), ...options.params };
  const recorded = recordingContext({ ...options, params });
  const context = { ...recorded.context, ...ports };
  const items = await activity.items(context);
  const byKey = new Map<string, ItemResult>();
  for await (const result of activity.process(items, context))
    // Through JSON, as stored items are.
    byKey.set(result.key, JSON.parse(JSON.stringify(result)) as ItemResult);
  const results = items.flatMap(({ key }) => byKey.get(key) ?? []);
  return { ...recorded, context, results, scalars: await activity.assemble(results, context) };
}

function defaultsOf(activity: Activity): JsonObject {
  const properties = activity.params['properties'] as Record<string, { default?: JsonObject[string] }>;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, schema.default ?? null]));
}
