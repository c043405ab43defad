import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Activity } from '../../activities/activity.js';
import { UserError } from '../../recipe/errors.js';
import type { KeyDocument } from '../../recipe/key.js';
import type { LoadCode } from './activity-code.js';
import { exportedActivities } from './exported-activities.js';

/** Activities by name: what this worker offers, and what plans bring along. */
export class Registry {
  readonly #activities: ReadonlyMap<string, Activity>;

  constructor(
    activities: Iterable<Activity>,
    private readonly load?: LoadCode,
  ) {
    this.#activities = new Map([...activities].map((activity) => [activity.name, activity]));
  }

  /** The activity of a node or a key document: by its code where it has some, else one that this worker offers. */
  async find({ activity, version, code }: Pick<KeyDocument, 'activity' | 'version' | 'code'>): Promise<Activity> {
    if (code === undefined) return this.get(activity, version);
    const found = (await this.load?.(code))?.find(({ name }) => name === activity);
    if (found) return found;
    throw new UserError(
      'activity-missing',
      `The code ${code} holds no activity ${activity}. Run the recipe again with the version of Mortar that the workers have.`,
    );
  }

  /** What the planner has to know. */
  declarations(): readonly Activity[] {
    return [...this.#activities.values()];
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
  const modules = await Promise.all(paths.map((path) => import(pathToFileURL(resolve(path)).href) as Promise<unknown>));
  return modules.flatMap(exportedActivities);
}
