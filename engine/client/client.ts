import { openStore } from '../../artifacts/open.js';
import type { OnFailure, RunRecord } from '../../artifacts/run-record.js';
import { canonicalJson } from '../../recipe/canonical.js';
import { UserError } from '../../recipe/errors.js';
import type { Revise } from '../../workflows/revise.js';
import { createRun } from '../runs/create-run.js';
import { runWorkflowId } from '../names.js';
import { Plans } from '../orders/plans.js';
import type { RecipeSource } from '../runs/recipe-source.js';
import { reviseRun, takenOver } from '../runs/revise.js';
import { newRunId } from '../runs/run-id.js';
import { RunReader } from './run-reader.js';
import { Schedules } from './schedules.js';
import { stageNumber, stageNumbers } from '../runs/stage-numbers.js';
import { memoryOf, startWorkflow } from './start-workflow.js';
import { runEnded, TemporalCalls } from './temporal-calls.js';
import { uploadPlan, type PlanParts } from '../runs/upload-plan.js';

export type { NodeProgress, NodeStatus, RunStatus } from './run-status.js';
export type { StageLogEntry } from './log-reader.js';

/** A new plan is taken up between two walks through the one before, which may be long. */
const REVISE_DEADLINE = 60_000;

export interface StartRun extends PlanParts {
  readonly runId?: string;
  readonly onFailure?: OnFailure;
  readonly window?: number;
  /** Milliseconds without news before stages in flight are looked after. @default a minute */
  readonly watch?: number;
}

export interface ReviseRun extends PlanParts {
  readonly source: RecipeSource;
  readonly set: readonly string[];
  /** Only this stage's values changed. */
  readonly stage?: string;
}

/** What the command line may ask of the engine. */
export class EngineClient extends RunReader {
  /** Opens the store; Temporal is reached for when it is first needed, so that records can be read without it. */
  static async connect(environment: NodeJS.ProcessEnv = process.env): Promise<EngineClient> {
    return new EngineClient(await openStore({ environment, impatient: true }), new TemporalCalls(environment));
  }

  async close(): Promise<void> {
    this.store.close();
    await this.temporal.close();
  }

  get schedules(): Schedules {
    return new Schedules(this.store, this.temporal);
  }

  /** Uploads the plan and what it needs, writes the run's record, and starts it. Gives the run's id. */
  async startRun({ runId, onFailure = 'hold', window, watch, ...parts }: StartRun): Promise<string> {
    let record: RunRecord | undefined;
    // An id of ours may be taken by a run of the same second; then there is another one.
    for (let tries = 0; !record && tries < (runId === undefined ? 5 : 1); tries += 1)
      record = await createRun(this.store, { runId: runId ?? newRunId(), onFailure, ...parts });
    if (!record) throw new UserError('run-exists', `There is already a run ${runId ?? ''}. Choose another id.`);
    await startWorkflow(this.store, this.temporal, record, {
      ...(window === undefined ? {} : { window }),
      ...(watch === undefined ? {} : { watch }),
    });
    return record.id;
  }

  /**
   * Tries a held or failed stage again, or all of them. A run that has ended is started again from its stored plan.
   * @param items 'all': bad items are worked on again even where the fault was their own
   */
  async retry(runId: string, stage?: string, { items }: { items?: 'all' } = {}): Promise<readonly string[]> {
    const { record, plan } = await this.run(runId);
    const nodes = stage === undefined ? [] : [stageNumber(plan, stage, runId)];
    if (!(await this.temporal.isOpen(runId))) {
      const again = items === 'all' ? (stage === undefined ? await this.#unfinished(runId) : nodes) : [];
      await this.store.runs.forgetUnfinished(runId);
      const memory = memoryOf(record.nodes, again);
      await startWorkflow(this.store, this.temporal, record, memory ? { memory } : {});
      return stage === undefined ? [] : [stage];
    }
    const given = items === undefined ? [nodes] : [nodes, { items }];
    const retried = (await this.temporal.update(runId, 'retry', given, { stage })) as number[];
    return retried.map((node) => plan.nodes[node]?.id ?? String(node));
  }

  /** Gives a run another plan. What is the same work in both keeps its result; gives the stages that are not. */
  async revise(runId: string, { set, stage, ...parts }: ReviseRun): Promise<readonly string[]> {
    const { record, plan } = await this.run(runId);
    if (canonicalJson(plan.nodes) === canonicalJson(parts.plan.nodes))
      throw new UserError(
        'set-changes-nothing',
        `${set.join(' ')} changes nothing in run ${runId}: its plan stays as it is. \`mortar retry ${runId}\` tries again what failed.`,
      );
    const uploaded = await uploadPlan(this.store, parts, record.files);
    const retry = stage === undefined ? [] : stageNumbers(parts.plan, stage);
    const { plan: digest, nodes, source = '' } = uploaded;
    const next: Revise = { plan: digest, source, nodes, set, retry, ...(stage === undefined ? {} : { stage }) };
    if (await this.temporal.isOpen(runId)) {
      await this.temporal.update(runId, 'revise', [next], { stage, deadline: REVISE_DEADLINE });
    } else {
      await this.store.runs.forgetUnfinished(runId);
      const plans = new Plans(this.store.blobs);
      await reviseRun(this.store, plans, runId, record.plan, next);
      const revised = await this.run(runId);
      await startWorkflow(this.store, this.temporal, revised.record);
    }
    return takenOver(plan, parts.plan).flatMap((from, node) => (from < 0 ? [parts.plan.nodes[node]?.id ?? ''] : []));
  }

  async skip(runId: string, stage: string): Promise<void> {
    const { plan } = await this.run(runId);
    await this.temporal.update(runId, 'skip', [stageNumber(plan, stage, runId)], { stage });
  }

  /** Lets a stage pass whose `expect` is false or that has `approve: true`; also beforehand. */
  async approve(runId: string, stage: string): Promise<void> {
    const { plan } = await this.run(runId);
    await this.temporal.update(runId, 'approve', [stageNumber(plan, stage, runId)], { stage });
  }

  /** Ends a run as failed. */
  async abort(runId: string): Promise<void> {
    await this.run(runId);
    await this.temporal.update(runId, 'abort', []);
  }

  /** Cancels a run. Stages that other runs wait for go on. */
  async cancel(runId: string): Promise<void> {
    await this.run(runId);
    if (!(await this.temporal.isOpen(runId))) throw runEnded(runId);
    await this.temporal.call((client) => client.workflow.getHandle(runWorkflowId(runId)).cancel());
  }

  async #unfinished(runId: string): Promise<number[]> {
    const nodes = [...(await this.store.runs.nodes(runId)).values()];
    return nodes.filter(({ state }) => state === 'failed' || state === 'held').map(({ node }) => node);
  }
}
