import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '../artifacts/open.js';
import type { OnFailure, RunRecord } from '../artifacts/run-records.js';
import type { StageResult } from '../artifacts/stage-cache.js';
import { canonicalJson } from '../recipe/canonical.js';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import type { KeyDocument } from '../recipe/key.js';
import type { Plan } from '../recipe/plan.js';
import type { Manifest } from '../schemas/records.js';
import type { Revise } from '../workflows/revise.js';
import { createRun } from './create-run.js';
import { findRuns, listRuns, type FoundRuns, type RunFilter } from './find-runs.js';
import { runWorkflowId } from './names.js';
import { Plans } from './plans.js';
import { newRunId } from './run-id.js';
import { readRunStatus, type NodeStatus, type RunStatus } from './run-status.js';
import { LogReader, type StageLogEntry } from './log-reader.js';
import { Outages, type OnOutage } from './persevere.js';
import { reviseRun, takenOver } from './revise.js';
import type { RecipeSource } from './recipe-source.js';
import { Schedules } from './schedules.js';
import { stageNumber, stageNumbers } from './stage-numbers.js';
import { memoryOf, startWorkflow } from './start-workflow.js';
import { runEnded, TemporalCalls } from './temporal-calls.js';
import { uploadPlan, type PlanParts } from './upload-plan.js';

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
export class EngineClient {
  private constructor(
    readonly store: Store,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#temporal = new TemporalCalls(environment);
  }

  readonly #temporal: TemporalCalls;

  /** Opens the store; Temporal is reached for when it is first needed, so that records can be read without it. */
  static async connect(environment: NodeJS.ProcessEnv = process.env): Promise<EngineClient> {
    return new EngineClient(await openStore({ environment, impatient: true }), environment);
  }

  async close(): Promise<void> {
    this.store.close();
    await this.#temporal.close();
  }

  get schedules(): Schedules {
    return new Schedules(this.store, this.#temporal);
  }

  /** Uploads the plan and what it needs, writes the run's record, and starts it. Gives the run's id. */
  async startRun({ runId, onFailure = 'hold', window, watch, ...parts }: StartRun): Promise<string> {
    let record: RunRecord | undefined;
    // An id of ours may be taken by a run of the same second; then there is another one.
    for (let tries = 0; !record && tries < (runId === undefined ? 5 : 1); tries += 1)
      record = await createRun(this.store, { runId: runId ?? newRunId(), onFailure, ...parts });
    if (!record) throw new UserError('run-exists', `There is already a run ${runId ?? ''}. Choose another id.`);
    await startWorkflow(this.store, this.#temporal, record, {
      ...(window === undefined ? {} : { window }),
      ...(watch === undefined ? {} : { watch }),
    });
    return record.id;
  }

  async runStatus(runId: string): Promise<RunStatus> {
    const { record, plan } = await this.#run(runId);
    let status: RunStatus | undefined;
    try {
      status = await this.#temporal.call((client) => readRunStatus(this.store, client, record, plan));
    } catch (error) {
      if (!(error instanceof InfrastructureError) || error.code === 'store-unreachable') throw error;
    }
    return status ?? readRunStatus(this.store, undefined, record, plan);
  }

  /**
   * The state of a run, again and again until the run has ended. A service that goes away meanwhile is waited for; that is told once.
   * @throws where the store does not answer from the beginning, or for minutes
   */
  async *watchRun(
    runId: string,
    { interval = 500, signal, onOutage }: { interval?: number; signal?: AbortSignal; onOutage?: OnOutage } = {},
  ): AsyncIterable<RunStatus> {
    const outages = new Outages(onOutage);
    let status: RunStatus | undefined = await this.runStatus(runId);
    while (status && !signal?.aborted) {
      if (status.live) outages.back('temporal');
      else outages.lost('temporal', 'Temporal does not answer');
      yield status;
      if (status.state !== 'running' && status.state !== 'held') return;
      await sleep(interval, undefined, { signal }).catch(() => undefined);
      status = await outages.persevere(() => this.runStatus(runId), signal);
    }
  }

  /**
   * Tries a held or failed stage again, or all of them. A run that has ended is started again from its stored plan.
   * @param items 'all': bad items are worked on again even where the fault was their own
   */
  async retry(runId: string, stage?: string, { items }: { items?: 'all' } = {}): Promise<readonly string[]> {
    const { record, plan } = await this.#run(runId);
    const nodes = stage === undefined ? [] : [stageNumber(plan, stage, runId)];
    if (!(await this.#temporal.isOpen(runId))) {
      const again = items === 'all' ? (stage === undefined ? await this.#unfinished(runId) : nodes) : [];
      await this.store.runs.forgetUnfinished(runId);
      const memory = memoryOf(record.nodes, again);
      await startWorkflow(this.store, this.#temporal, record, memory ? { memory } : {});
      return stage === undefined ? [] : [stage];
    }
    const given = items === undefined ? [nodes] : [nodes, { items }];
    const retried = (await this.#temporal.update(runId, 'retry', given, { stage })) as number[];
    return retried.map((node) => plan.nodes[node]?.id ?? String(node));
  }

  /** Gives a run another plan. What is the same work in both keeps its result; gives the stages that are not. */
  async revise(runId: string, { set, stage, ...parts }: ReviseRun): Promise<readonly string[]> {
    const { record, plan } = await this.#run(runId);
    if (canonicalJson(plan.nodes) === canonicalJson(parts.plan.nodes))
      throw new UserError(
        'set-changes-nothing',
        `${set.join(' ')} changes nothing in run ${runId}: its plan stays as it is. \`mortar retry ${runId}\` tries again what failed.`,
      );
    const uploaded = await uploadPlan(this.store, parts, record.files);
    const retry = stage === undefined ? [] : stageNumbers(parts.plan, stage);
    const { plan: digest, nodes, source = '' } = uploaded;
    const next: Revise = { plan: digest, source, nodes, set, retry, ...(stage === undefined ? {} : { stage }) };
    if (await this.#temporal.isOpen(runId)) {
      await this.#temporal.update(runId, 'revise', [next], { stage, deadline: REVISE_DEADLINE });
    } else {
      await this.store.runs.forgetUnfinished(runId);
      const plans = new Plans(this.store.blobs);
      await reviseRun(this.store, plans, runId, record.plan, next);
      const revised = await this.#run(runId);
      await startWorkflow(this.store, this.#temporal, revised.record);
    }
    return takenOver(plan, parts.plan).flatMap((from, node) => (from < 0 ? [parts.plan.nodes[node]?.id ?? ''] : []));
  }

  /** What the run's present plan was made from; undefined for runs of older versions. */
  async source(runId: string): Promise<RecipeSource | undefined> {
    const { source } = (await this.#run(runId)).record;
    return source === undefined
      ? undefined
      : (JSON.parse((await this.store.blobs.bytes(source)).toString('utf8')) as RecipeSource);
  }

  async skip(runId: string, stage: string): Promise<void> {
    const { plan } = await this.#run(runId);
    await this.#temporal.update(runId, 'skip', [stageNumber(plan, stage, runId)], { stage });
  }

  /** Lets a stage pass whose `expect` is false or that has `approve: true`; also beforehand. */
  async approve(runId: string, stage: string): Promise<void> {
    const { plan } = await this.#run(runId);
    await this.#temporal.update(runId, 'approve', [stageNumber(plan, stage, runId)], { stage });
  }

  /** Ends a run as failed. */
  async abort(runId: string): Promise<void> {
    await this.#run(runId);
    await this.#temporal.update(runId, 'abort', []);
  }

  /** Cancels a run. Stages that other runs wait for go on. */
  async cancel(runId: string): Promise<void> {
    await this.#run(runId);
    if (!(await this.#temporal.isOpen(runId))) throw runEnded(runId);
    await this.#temporal.call((client) => client.workflow.getHandle(runWorkflowId(runId)).cancel());
  }

  /** Records of runs, newest first. */
  async listRuns(limit = 50): Promise<readonly RunRecord[]> {
    return listRuns(this.store, limit);
  }

  /** Runs with their states, newest first. */
  async findRuns(filter: RunFilter): Promise<FoundRuns> {
    return findRuns(this.store, this.#temporal, filter);
  }

  async plan(runId: string): Promise<Plan> {
    return (await this.#run(runId)).plan;
  }

  async recipeText(runId: string): Promise<string> {
    return (await this.store.blobs.bytes((await this.#run(runId)).record.recipe)).toString('utf8');
  }

  /** One stage of a run, by its id or an alias, from the records alone. */
  async node(runId: string, stage: string): Promise<NodeStatus> {
    const { record, plan } = await this.#run(runId);
    const number = stageNumber(plan, stage, runId);
    const status = await readRunStatus(this.store, undefined, record, plan);
    const found = status.nodes[number];
    if (!found) throw new Error(`run ${runId} has no status of node ${number}`);
    return found;
  }

  /** Scalars and outputs of a finished stage. */
  async result(runId: string, stage: string): Promise<StageResult> {
    const { key } = await this.node(runId, stage);
    const result = key === undefined ? undefined : await this.store.stages.find(key);
    if (!result)
      throw new UserError(
        'no-result',
        `Stage ${stage} of run ${runId} has no result yet. See \`mortar status ${runId}\`.`,
      );
    return result;
  }

  async keyDocument(runId: string, stage: string): Promise<KeyDocument | undefined> {
    const { key } = await this.node(runId, stage);
    return key === undefined ? undefined : this.store.stages.keyDocument(key);
  }

  /** Whether a stage with this key is there already: for `mortar plan`. */
  async cached(key: string): Promise<StageResult | undefined> {
    return this.store.stages.find(key);
  }

  /** A stage's log, oldest first; of all stages where none is named. */
  async readLogs(runId: string, stage?: string): Promise<readonly StageLogEntry[]> {
    const { record, plan } = await this.#run(runId);
    const { nodes } = await readRunStatus(this.store, undefined, record, plan);
    const wanted = stage === undefined ? nodes : nodes.filter(({ node }) => node === stageNumber(plan, stage, runId));
    return this.logReader().next(wanted);
  }

  logReader(): LogReader {
    return new LogReader(this.store.objects);
  }

  async manifest(digest: string): Promise<Manifest> {
    return this.store.artifacts.manifest(digest);
  }

  records<T>(digest: string): AsyncIterable<T> {
    return this.store.artifacts.records<T>(digest);
  }

  async pull(digest: string, directory: string): Promise<void> {
    await this.store.artifacts.pull(digest, directory);
  }

  async #run(runId: string): Promise<{ record: RunRecord; plan: Plan }> {
    const record = await this.store.runs.run(runId);
    if (!record)
      throw new UserError('run-unknown', `There is no run ${runId} in this store. \`mortar runs\` lists them.`);
    return { record, plan: JSON.parse((await this.store.blobs.cached(record.plan)).toString('utf8')) as Plan };
  }

  async #unfinished(runId: string): Promise<number[]> {
    const nodes = [...(await this.store.runs.nodes(runId)).values()];
    return nodes.filter(({ state }) => state === 'failed' || state === 'held').map(({ node }) => node);
  }
}
