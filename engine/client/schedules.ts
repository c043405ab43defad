import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunState } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import type { ScheduleDefinition, ScheduleTimes } from '../../artifacts/schedule-records.js';
import { UserError, isUserError } from '../../recipe/errors.js';
import type { ScheduledRunInput } from '../../workflows/scheduled-run-input.js';
import { CONTROL_QUEUE, scheduleId } from '../names.js';
import type { RecipeSource } from '../runs/recipe-source.js';
import { scheduledRunId } from '../runs/run-id.js';
import type { TemporalCalls } from './temporal-calls.js';
import { uploadPlan, type PlanParts } from '../runs/upload-plan.js';

/** What happens to a firing while the run of an earlier one is open. */
export const overlaps = { skip: 'SKIP', 'buffer-one': 'BUFFER_ONE', allow: 'ALLOW_ALL' } as const;
export type Overlap = keyof typeof overlaps;

/** Milliseconds by which a firing may be late, after an outage of Temporal. */
const CATCH_UP = 24 * 3_600_000;

export interface NewSchedule extends PlanParts {
  readonly id: string;
  readonly source: RecipeSource;
  readonly onFailure: ScheduleDefinition['onFailure'];
  readonly fresh: readonly string[];
  readonly when: ScheduleTimes;
  /** Milliseconds of `when.every`. */
  readonly interval?: number;
  readonly overlap: Overlap;
  readonly paused: boolean;
}

export interface ScheduleStatus {
  readonly id: string;
  readonly recipe: string;
  readonly profile: string | null;
  readonly when: ScheduleTimes;
  readonly fresh: readonly string[];
  readonly overlap: Overlap;
  readonly paused: boolean;
  readonly note?: string;
  /** ISO 8601; absent where it is paused. */
  readonly next?: string;
  readonly last?: ScheduledRun;
  readonly taken: number;
  readonly skipped: number;
}

export interface ScheduledRun {
  readonly run: string;
  readonly at: string;
  /** Absent where the firing has not made a run: not yet, or it failed. */
  readonly state?: RunState;
}

/** A schedule that fires at this moment may leave a question unanswered; asked anew it answers. */
const ANSWERED_WITHIN = 1_500;
const DESCRIBE_TRIES = 3;

/** Schedules of Temporal that run recipes. What they run is written down in the store when they are made. */
export class Schedules {
  constructor(
    private readonly store: Store,
    private readonly temporal: TemporalCalls,
  ) {}

  /** @throws UserError `schedule-exists`, `invalid-schedule` */
  async create(schedule: NewSchedule): Promise<void> {
    const { id, source, plan, onFailure, fresh, when, interval, overlap, paused } = schedule;
    if (await this.#find(id)) throw exists(id);
    const parts = { plan, recipeText: schedule.recipeText, files: schedule.files, code: schedule.code, source };
    const uploaded = await uploadPlan(this.store, parts);
    const definition = await this.store.schedules.write({
      ...{ mortar: 1, id, name: plan.name, profile: plan.profile },
      ...{ source: uploaded.source ?? '', files: uploaded.files, onFailure, fresh, when },
    });
    // Only from now on does the definition keep these from being collected, so look once more whether they are there.
    await uploadPlan(this.store, parts);
    const input: ScheduledRunInput = { schedule: id, definition };
    await this.temporal
      .call((client) =>
        client.schedule.create({
          scheduleId: this.#name(id),
          spec: {
            ...(when.cron ? { cronExpressions: [...when.cron] } : {}),
            ...(interval === undefined ? {} : { intervals: [{ every: interval }] }),
            ...(when.timezone ? { timezone: when.timezone } : {}),
          },
          action: {
            type: 'startWorkflow',
            workflowType: 'scheduledRun',
            workflowId: this.#name(id),
            taskQueue: CONTROL_QUEUE,
            args: [input],
          },
          policies: { overlap: overlaps[overlap], catchupWindow: CATCH_UP },
          state: { paused },
        }),
      )
      .catch(async (error: unknown) => {
        if (error instanceof ScheduleAlreadyRunning) throw exists(id);
        // The SDK's word for times that the server does not understand.
        const wrong = error instanceof TypeError;
        if (wrong || isUserError(error)) await this.store.schedules.remove(id, definition);
        if (!wrong) throw error;
        throw new UserError('invalid-schedule', `Temporal does not take the times of schedule ${id}: ${error.message}`);
      });
  }

  /** All schedules of this store, by name. */
  async list(): Promise<ScheduleStatus[]> {
    const ids = await this.store.schedules.ids();
    const known = await Promise.all(ids.map((id) => this.#status(id)));
    return known.filter((status) => status !== undefined);
  }

  async pause(id: string, note: string): Promise<void> {
    await this.#of(id, (client) => client.schedule.getHandle(this.#name(id)).pause(note));
  }

  async resume(id: string, note: string): Promise<void> {
    await this.#of(id, (client) => client.schedule.getHandle(this.#name(id)).unpause(note));
  }

  /**
   * Fires now, besides its times. Gives the run, or undefined where none was made: one is open, and the policy is to skip then.
   * @param wait milliseconds that the run's record may take to be there
   */
  async trigger(id: string, wait = 15_000): Promise<ScheduledRun | undefined> {
    const before = await this.#describe(id);
    await this.#of(id, (client) => client.schedule.getHandle(this.#name(id)).trigger(before.policies.overlap));
    const end = Date.now() + wait;
    while (Date.now() < end) {
      const { info } = await this.#describe(id);
      if (info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) return undefined;
      const fired = await this.#last(id, info.recentActions);
      if (info.numActionsTaken > before.info.numActionsTaken && fired?.state !== undefined) return fired;
      await sleep(200);
    }
    return this.#last(id, (await this.#describe(id)).info.recentActions);
  }

  /** Runs that it has started go on. */
  async delete(id: string): Promise<void> {
    try {
      await this.#of(id, (client) => client.schedule.getHandle(this.#name(id)).delete());
    } finally {
      await this.store.schedules.forget(id);
    }
  }

  async #status(id: string): Promise<ScheduleStatus | undefined> {
    // Where its creation was interrupted there is none: it can be created again.
    const description = await this.#find(id);
    if (!description) return undefined;
    const { action, policies, state, info } = description;
    const [input] = (action.args ?? []) as ScheduledRunInput[];
    const definition = input && (await this.store.schedules.read(id, input.definition));
    const overlap = (Object.keys(overlaps) as Overlap[]).find((name) => overlaps[name] === policies.overlap) ?? 'skip';
    const [next] = state.paused ? [] : info.nextActionTimes;
    const last = await this.#last(id, info.recentActions);
    return {
      id,
      recipe: definition?.name ?? '(gone)',
      profile: definition?.profile ?? null,
      when: definition?.when ?? {},
      fresh: definition?.fresh ?? [],
      overlap,
      paused: state.paused,
      ...(state.note ? { note: state.note } : {}),
      ...(next ? { next: next.toISOString() } : {}),
      ...(last ? { last } : {}),
      taken: info.numActionsTaken,
      skipped: info.numActionsSkippedOverlap,
    };
  }

  async #last(id: string, actions: ScheduleDescription['info']['recentActions']): Promise<ScheduledRun | undefined> {
    const at = actions.at(-1)?.scheduledAt;
    if (!at) return undefined;
    const run = scheduledRunId(id, at);
    const state = await this.store.runs.state(run);
    return { run, at: at.toISOString(), ...(state ? { state: state.state } : {}) };
  }

  async #find(id: string): Promise<ScheduleDescription | undefined> {
    try {
      return await this.#describe(id);
    } catch (error) {
      if (isUserError(error) && error.code === 'schedule-unknown') return undefined;
      throw error;
    }
  }

  #describe(id: string): Promise<ScheduleDescription> {
    return this.#of(id, async ({ schedule }) => {
      for (let tried = 1; ; tried += 1) {
        try {
          const deadline = Date.now() + ANSWERED_WITHIN;
          return await schedule.withDeadline(deadline, () => schedule.getHandle(this.#name(id)).describe());
        } catch (error) {
          if (tried === DESCRIBE_TRIES || error instanceof ScheduleNotFoundError) throw error;
        }
      }
    });
  }

  /** @throws UserError `schedule-unknown` */
  async #of<T>(id: string, work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await this.temporal.call(work);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new UserError('schedule-unknown', `There is no schedule ${id}. List them with: mortar schedule ls`);
    }
  }

  #name(id: string): string {
    return scheduleId(this.store.id, id);
  }
}

function exists(id: string): UserError {
  return new UserError(
    'schedule-exists',
    `There is already a schedule ${id}. Delete it first (mortar schedule delete ${id}), or choose another name: --id NAME.`,
  );
}
