import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../artifacts/open.js';
import type { RunRecord } from '../../artifacts/run-record.js';
import type { StageResult } from '../../artifacts/stage-cache.js';
import { InfrastructureError, UserError } from '../../recipe/errors.js';
import type { KeyDocument } from '../../recipe/key.js';
import type { Plan } from '../../recipe/plan.js';
import type { Manifest } from '../../schemas/records.js';
import { findRuns, listRuns, type FoundRuns, type RunFilter } from './find-runs.js';
import { LogReader, type StageLogEntry } from './log-reader.js';
import { Outages, type OnOutage } from './persevere.js';
import type { RecipeSource } from '../runs/recipe-source.js';
import { readRunStatus, type NodeStatus, type RunStatus } from './run-status.js';
import { stageNumber } from '../runs/stage-numbers.js';
import type { TemporalCalls } from './temporal-calls.js';

/** What can be read of runs and their artifacts: from the store, and of runs that are under way from Temporal. */
export class RunReader {
  protected constructor(
    readonly store: Store,
    protected readonly temporal: TemporalCalls,
  ) {}

  async runStatus(runId: string): Promise<RunStatus> {
    const { record, plan } = await this.run(runId);
    let status: RunStatus | undefined;
    try {
      status = await this.temporal.call((client) => readRunStatus(this.store, client, record, plan));
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

  /** What the run's present plan was made from; undefined for runs of older versions. */
  async source(runId: string): Promise<RecipeSource | undefined> {
    const { source } = (await this.run(runId)).record;
    return source === undefined
      ? undefined
      : (JSON.parse((await this.store.blobs.bytes(source)).toString('utf8')) as RecipeSource);
  }

  /** Records of runs, newest first. */
  async listRuns(limit = 50): Promise<readonly RunRecord[]> {
    return listRuns(this.store, limit);
  }

  /** Runs with their states, newest first. */
  async findRuns(filter: RunFilter): Promise<FoundRuns> {
    return findRuns(this.store, this.temporal, filter);
  }

  async plan(runId: string): Promise<Plan> {
    return (await this.run(runId)).plan;
  }

  async recipeText(runId: string): Promise<string> {
    return (await this.store.blobs.bytes((await this.run(runId)).record.recipe)).toString('utf8');
  }

  /** One stage of a run, by its id or an alias, from the records alone. */
  async node(runId: string, stage: string): Promise<NodeStatus> {
    const { record, plan } = await this.run(runId);
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
    const { record, plan } = await this.run(runId);
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

  protected async run(runId: string): Promise<{ record: RunRecord; plan: Plan }> {
    const record = await this.store.runs.run(runId);
    if (!record)
      throw new UserError('run-unknown', `There is no run ${runId} in this store. \`mortar runs\` lists them.`);
    return { record, plan: JSON.parse((await this.store.blobs.cached(record.plan)).toString('utf8')) as Plan };
  }
}
