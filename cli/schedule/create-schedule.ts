import { EngineClient } from '../../engine/client/client.js';
import type { Overlap } from '../../engine/client/schedules.js';
import type { OnFailure } from '../../artifacts/run-record.js';
import { UserError } from '../../recipe/errors.js';
import { duration } from '../../recipe/planning/policy.js';
import { compileRecipe } from '../recipe/compile-recipe.js';
import { say } from '../output.js';
import { prepareServices } from '../prepare-services.js';

export interface ScheduleOptions {
  readonly id?: string;
  readonly cron?: readonly string[];
  readonly every?: string;
  readonly timezone?: string;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly targets?: string;
  readonly fresh?: readonly string[];
  readonly overlap: Overlap;
  readonly onFailure: OnFailure;
  readonly paused?: boolean;
  readonly up: boolean;
}

/** Makes a schedule of a recipe and gives its name. @throws UserError `invalid-schedule` and those of a recipe */
export async function createSchedule(file: string, options: ScheduleOptions): Promise<string> {
  const { cron = [], every, timezone, fresh = [], overlap, onFailure, paused = false } = options;
  const interval = every === undefined ? undefined : duration(every);
  if (every !== undefined && (interval === undefined || interval < 1000))
    throw invalid(`--every is '${every}'; it must be a duration of a second or more, such as 6h.`);
  if (cron.length === 0 && interval === undefined)
    throw invalid('Say when it is to run: --cron "0 2 * * *" or --every 6h.');
  const request = {
    profile: options.profile,
    set: options.set,
    targets: options.targets?.split(',').map((name) => name.trim()),
  };
  // Stages of --fresh are checked now, and get a nonce of their own at each firing.
  if (fresh.length > 0) await compileRecipe(file, { ...request, fresh: { stages: fresh, nonce: 'check' } });
  const { plan, text, files, code, source, warnings } = await compileRecipe(file, request);
  if (warnings) say(warnings);
  const id = options.id ?? plan.name;
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(id))
    throw invalid(`The schedule's name is '${id}'; it takes small letters, digits and dashes, 40 at most: --id NAME.`);
  if (fresh.length === 0)
    say('Without --fresh STAGE, each run after the first finds all that succeeded before in the cache.');
  await prepareServices(plan, options.up);
  const client = await EngineClient.connect();
  try {
    await client.schedules.create({
      ...{ id, plan, recipeText: text, files, code, source, onFailure, fresh, overlap, paused },
      when: {
        ...(cron.length > 0 ? { cron } : {}),
        ...(every === undefined ? {} : { every }),
        ...(timezone === undefined ? {} : { timezone }),
      },
      ...(interval === undefined ? {} : { interval }),
    });
  } finally {
    await client.close();
  }
  say(`Scheduled. Look with: mortar schedule ls; fire it once with: mortar schedule trigger ${id}`);
  return id;
}

function invalid(message: string): UserError {
  return new UserError('invalid-schedule', message);
}
