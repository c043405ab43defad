import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Activity } from '../activities/activity.js';
import { UserError } from '../recipe/errors.js';

/** Activities by name: what this worker offers. */
export class Registry {
  readonly #activities: ReadonlyMap<string, Activity>;

  constructor(activities: Iterable<Activity>) {
    this.#activities = new Map([...activities].map((activity) => [activity.name, activity]));
  }

  get(name: string, version: number): Activity {
    const activity = this.#activities.get(name);
    if (activity?.version === version) return activity;
    throw new UserError(
      'activity-missing',
      `No worker offers ${name}@${version}: this one has ${activity ? `version ${activity.version}` : 'no activity of that name'}. ` +
        'Start a worker of the version that the plan was made with, or cancel the run and run the recipe again.',
    );
  }
}

/** Imports modules that export an activity, or several as `activities`, such as a test's own. */
export async function importActivities(paths: readonly string[]): Promise<Activity[]> {
  const found: Activity[] = [];
  for (const path of paths) {
    const module = (await import(pathToFileURL(resolve(path)).href)) as {
      default?: Activity;
      activities?: Iterable<Activity>;
    };
    if (module.default) found.push(module.default);
    found.push(...(module.activities ?? []));
  }
  return found;
}
