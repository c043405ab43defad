import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { openStore, type Store } from '../artifacts/open.js';
import type { OnFailure, RunRecord } from '../artifacts/run-records.js';
import type { StageResult } from '../artifacts/stage-cache.js';
import { canonicalJson, sha256 } from '../recipe/canonical.js';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import type { KeyDocument } from '../recipe/key.js';
import type { Plan } from '../recipe/plan.js';
import type { Manifest } from '../schemas/records.js';
import type { RunInput } from '../workflows/run.js';
import { CONTROL_QUEUE, runWorkflowId } from './names.js';
import { newRunId } from './run-id.js';
import { readRunStatus, type NodeStatus, type RunStatus } from './run-status.js';
import { readStageLog, type LogEntry } from './stage-log.js';
import { connectTemporal, temporalSettings, temporalUnreachable } from './temporal.js';

export type { NodeProgress, NodeStatus, RunStatus } from './run-status.js';
export type { LogEntry } from './stage-log.js';

/** Milliseconds that a call may take before it says what does not answer. */
const DEADLINE = 5_000;
/** Stages of one run in flight at most. */
const DEFAULT_WINDOW = 64;

export interface StartRun {
  readonly plan: Plan;
  readonly recipeText: string;
  /** Bytes of the files that the plan names, by path. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly runId?: string;
  readonly onFailure?: OnFailure;
  readonly window?: number;
}

/** What the command line may ask of the engine. */
export class EngineClient {
  private constructor(
    readonly store: Store,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  #temporal: Promise<Client> | undefined;

  /** Opens the store; Temporal is reached for when it is first needed, so that records can be read without it. */
  static async connect(environment: NodeJS.ProcessEnv = process.env): Promise<EngineClient> {
    return new EngineClient(await openStore({ environment, impatient: true }), environment);
  }

  async close(): Promise<void> {
    this.store.close();
    const client = await this.#temporal?.catch(() => undefined);
    await client?.connection.close();
  }

  /** Uploads the plan and what it needs, writes the run's record, and starts it. Gives the run's id. */
  async startRun({
    plan,
    recipeText,
    files = new Map(),
    runId = newRunId(),
    onFailure = 'hold',
    window,
  }: StartRun): Promise<string> {
    const uploaded: Record<string, string> = {};
    for (const [path, digest] of filesOf(plan)) {
      const bytes = files.get(path);
      if (!bytes) throw new Error(`the plan needs the file ${path}, and its bytes were not given`);
      if (sha256(bytes) !== digest) {
        throw new UserError(
          'file-changed',
          `The file ${path} has changed since the plan was made. Run the command again.`,
        );
      }
      uploaded[path] = (await this.store.blobs.put(bytes)).digest;
    }
    const [{ digest }, recipe] = await Promise.all([
      this.store.blobs.put(canonicalJson(plan)),
      this.store.blobs.put(recipeText),
    ]);
    const record: RunRecord = {
      id: runId,
      name: plan.name,
      profile: plan.profile,
      plan: digest,
      recipe: recipe.digest,
      files: uploaded,
      createdAt: new Date().toISOString(),
      onFailure,
      nodes: plan.nodes.length,
    };
    if (!(await this.store.runs.create(record)))
      throw new UserError('run-exists', `There is already a run ${runId}. Choose another id.`);
    await this.#start(record, window);
    return runId;
  }

  async runStatus(runId: string): Promise<RunStatus> {
    const { record, plan } = await this.#run(runId);
    let status: RunStatus | undefined;
    try {
      status = await this.#call((client) => readRunStatus(this.store, client, record, plan));
    } catch (error) {
      if (!(error instanceof InfrastructureError) || error.code === 'store-unreachable') throw error;
    }
    return status ?? readRunStatus(this.store, undefined, record, plan);
  }

  /** The state of a run whenever it has changed, until the run has ended. */
  async *watchRun(
    runId: string,
    { interval = 500, signal }: { interval?: number; signal?: AbortSignal } = {},
  ): AsyncIterable<RunStatus> {
    let last = '';
    while (!signal?.aborted) {
      const status = await this.runStatus(runId);
      const now = JSON.stringify(status);
      if (now !== last) yield status;
      last = now;
      if (status.state !== 'running' && status.state !== 'held') return;
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  }

  /** Tries a held or failed stage again, or all of them. A run that has ended is started again from its stored plan. */
  async retry(runId: string, stage?: string): Promise<readonly string[]> {
    const { record, plan } = await this.#run(runId);
    const nodes = stage === undefined ? [] : [nodeOf(plan, stage, runId)];
    if (!(await this.#isOpen(runId))) {
      await this.store.runs.forgetUnfinished(runId);
      await this.#start(record);
      return stage === undefined ? [] : [stage];
    }
    const retried = (await this.#update(runId, 'retry', [nodes], stage)) as number[];
    return retried.map((node) => plan.nodes[node]?.id ?? String(node));
  }

  async skip(runId: string, stage: string): Promise<void> {
    const { plan } = await this.#run(runId);
    await this.#update(runId, 'skip', [nodeOf(plan, stage, runId)], stage);
  }

  /** Lets a stage pass whose `expect` is false or that has `approve: true`; also beforehand. */
  async approve(runId: string, stage: string): Promise<void> {
    const { plan } = await this.#run(runId);
    await this.#update(runId, 'approve', [nodeOf(plan, stage, runId)], stage);
  }

  /** Ends a run as failed. */
  async abort(runId: string): Promise<void> {
    await this.#run(runId);
    await this.#update(runId, 'abort', []);
  }

  /** Cancels a run. Stages that other runs wait for go on. */
  async cancel(runId: string): Promise<void> {
    await this.#run(runId);
    if (!(await this.#isOpen(runId))) throw ended(runId);
    await this.#call((client) => client.workflow.getHandle(runWorkflowId(runId)).cancel());
  }

  /** Newest first. */
  async listRuns(limit = 50): Promise<readonly RunRecord[]> {
    const ids = (await this.store.runs.ids()).slice(0, limit);
    const records = await Promise.all(ids.map((id) => this.store.runs.run(id)));
    return records.filter((record) => record !== undefined);
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
    const number = nodeOf(plan, stage, runId);
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
  async readLogs(runId: string, stage?: string): Promise<readonly (LogEntry & { readonly stage: string })[]> {
    const { record, plan } = await this.#run(runId);
    const status = await readRunStatus(this.store, undefined, record, plan);
    const wanted =
      stage === undefined ? status.nodes : status.nodes.filter(({ node }) => node === nodeOf(plan, stage, runId));
    const logs = await Promise.all(
      wanted.map(async ({ id, key }) =>
        key === undefined
          ? []
          : (await readStageLog(this.store.objects, key)).map((entry) => ({ ...entry, stage: id })),
      ),
    );
    return logs.flat().sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
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

  async #start(record: RunRecord, window = DEFAULT_WINDOW): Promise<void> {
    const input: RunInput = {
      runId: record.id,
      plan: record.plan,
      nodes: record.nodes,
      onFailure: record.onFailure,
      window,
    };
    await this.store.runs.writeState(record.id, { state: 'running', updatedAt: new Date().toISOString() });
    await this.#call((client) =>
      client.workflow.start('run', {
        workflowId: runWorkflowId(record.id),
        taskQueue: CONTROL_QUEUE,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: record.profile ? `${record.name}, profile ${record.profile}` : record.name,
      }),
    );
  }

  async #isOpen(runId: string): Promise<boolean> {
    try {
      const { status } = await this.#call((client) => client.workflow.getHandle(runWorkflowId(runId)).describe());
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
      throw error;
    }
  }

  async #update(runId: string, name: string, given: unknown[], stage?: string): Promise<unknown> {
    if (!(await this.#isOpen(runId))) throw ended(runId);
    try {
      return await this.#call(
        (client) =>
          client.workflow
            .getHandle(runWorkflowId(runId))
            .executeUpdate<unknown, [unknown]>(name, { args: given as [unknown] }),
        `no worker answered on the queue ${CONTROL_QUEUE}. Start one with \`mortar worker\``,
      );
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
        const detail = error.cause.details?.[0] as { code?: string } | undefined;
        throw new UserError(
          detail?.code ?? 'refused',
          `Cannot ${name} ${stage === undefined ? `run ${runId}` : `stage ${stage} of run ${runId}`}: ${error.cause.message}. See \`mortar status ${runId}\`.`,
        );
      }
      throw error;
    }
  }

  /** A call to Temporal with a deadline, and an error that says what does not answer. */
  async #call<T>(work: (client: Client) => Promise<T>, late?: string): Promise<T> {
    this.#temporal ??= connectTemporal(this.environment);
    const client = await this.#temporal.catch((error: unknown) => {
      this.#temporal = undefined;
      throw error;
    });
    const { address } = temporalSettings(this.environment);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message =
          late ?? `Temporal at ${address} did not answer within ${DEADLINE / 1000} s. See \`mortar doctor\``;
        reject(
          new InfrastructureError(
            late ? 'no-worker' : 'temporal-unreachable',
            `${message[0]?.toUpperCase()}${message.slice(1)}.`,
          ),
        );
      }, DEADLINE);
    });
    try {
      return await Promise.race([work(client), deadline]);
    } catch (error) {
      if (error instanceof Error && error.name === 'ServiceError') throw temporalUnreachable(address, error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function filesOf(plan: Plan): Map<string, string> {
  const files = new Map<string, string>();
  for (const node of plan.nodes) {
    for (const source of Object.values(node.inputs).flat())
      if (source.from === 'file') files.set(source.path, source.digest);
  }
  return files;
}

function nodeOf(plan: Plan, stage: string, runId: string): number {
  const number = plan.nodes.findIndex((node) => node.id === stage || node.aliases.includes(stage));
  if (number >= 0) return number;
  throw new UserError(
    'stage-unknown',
    `Run ${runId} has no stage ${stage}. It has ${plan.nodes
      .slice(0, 40)
      .map(({ id }) => id)
      .join(', ')}${plan.nodes.length > 40 ? ', ...' : ''}.`,
  );
}

function ended(runId: string): UserError {
  return new UserError(
    'run-ended',
    `Run ${runId} has ended. \`mortar retry ${runId}\` starts it again from what is finished.`,
  );
}
