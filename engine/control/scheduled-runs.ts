import type { RunRecord } from '../../artifacts/run-record.js';
import type { ScheduleDefinition } from '../../artifacts/schedule-records.js';
import type { Store } from '../../artifacts/open.js';
import { planRecipe } from '../../recipe/check/check.js';
import type { ActivityDeclaration } from '../../recipe/declaration.js';
import { UserError } from '../../recipe/errors.js';
import type { Plan } from '../../recipe/plan.js';
import type { ScheduledRunInput } from '../../workflows/scheduled-run-input.js';
import { createRun } from '../runs/create-run.js';
import { LoadedModules } from '../modules/loaded-modules.js';
import type { RecipeSource } from '../runs/recipe-source.js';
import { scheduledRunId } from '../runs/run-id.js';
import { sourceRequest } from '../runs/source-request.js';

/**
 * Writes down the run of one firing. The id follows from schedule and nominal time, so a
 * firing that is tried again finds the run that it made before.
 */
export async function prepareScheduledRun(
  store: Store,
  activities: readonly ActivityDeclaration[],
  { schedule, definition: digest, at }: ScheduledRunInput & { readonly at: string },
): Promise<RunRecord> {
  const runId = scheduledRunId(schedule, new Date(at));
  const known = await store.runs.run(runId);
  if (known) return known;
  const definition = await store.schedules.read(schedule, digest);
  if (!definition)
    throw new UserError(
      'schedule-unknown',
      `The store has nothing of the schedule ${schedule}. Delete it and create it again: mortar schedule delete ${schedule}`,
    );
  const source = await sourceOf(store, definition, `${schedule}/${at}`);
  // Planned by the worker that is there now: activities of another version give another plan, as with `mortar run`.
  const modules = new LoadedModules(activities, store.cache, source.modules);
  const request = sourceRequest(source, [...activities, ...modules.declarations()]);
  const { plan } = planRecipe({ ...request, modules });
  const { onFailure, files } = definition;
  const parts = { plan, recipeText: source.text, source, present: files, code: await codeOf(store, plan) };
  const created = await createRun(store, { runId, onFailure, schedule: { id: schedule, at }, ...parts });
  const record = created ?? (await store.runs.run(runId));
  if (!record) throw new Error(`the record of run ${runId} is there and cannot be read`);
  if (created) await store.runs.writeState(runId, { state: 'running', updatedAt: new Date().toISOString() });
  return record;
}

async function codeOf(store: Store, { nodes }: Plan): Promise<Map<string, Uint8Array>> {
  const digests = new Set(nodes.flatMap(({ code }) => (code === undefined ? [] : [code])));
  return new Map(
    await Promise.all([...digests].map(async (digest) => [digest, await store.blobs.bytes(digest)] as const)),
  );
}

async function sourceOf(store: Store, { source, fresh }: ScheduleDefinition, nonce: string): Promise<RecipeSource> {
  const stored = JSON.parse((await store.blobs.bytes(source)).toString('utf8')) as RecipeSource;
  return fresh.length === 0 ? stored : { ...stored, fresh: { stages: fresh, nonce } };
}
