import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { InfrastructureError, UserError } from '../../recipe/errors.js';
import { CONTROL_QUEUE, runWorkflowId } from '../names.js';
import { connectTemporal, temporalSettings, temporalUnreachable } from '../temporal.js';

/** Milliseconds that a call may take before it says what does not answer. */
const DEADLINE = 5_000;

/** Calls to Temporal for somebody who waits: connected to when first needed, each with a deadline. */
export class TemporalCalls {
  #client: Promise<Client> | undefined;

  constructor(private readonly environment: NodeJS.ProcessEnv) {}

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.connection.close();
  }

  /**
   * A call with a deadline, and an error that says what does not answer.
   * @param late what it means when the deadline passes
   */
  async call<T>(work: (client: Client) => Promise<T>, late?: string, deadline = DEADLINE): Promise<T> {
    this.#client ??= connectTemporal(this.environment);
    const client = await this.#client.catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    const { address } = temporalSettings(this.environment);
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message =
          late ?? `Temporal at ${address} did not answer within ${deadline / 1000} s. See \`mortar doctor\``;
        reject(
          new InfrastructureError(
            late ? 'no-worker' : 'temporal-unreachable',
            `${message[0]?.toUpperCase()}${message.slice(1)}.`,
          ),
        );
      }, deadline);
    });
    try {
      return await Promise.race([work(client), passed]);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ServiceError') throw error;
      const refusal = refusalOf(error);
      if (refusal === undefined) throw temporalUnreachable(address, error);
      throw new UserError('temporal-refused', `Temporal at ${address} refuses this: ${refusal}`, {}, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async isOpen(runId: string): Promise<boolean> {
    try {
      const { status } = await this.call((client) => client.workflow.getHandle(runWorkflowId(runId)).describe());
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
      throw error;
    }
  }

  /** An Update of an open run. @throws UserError where the run refuses or has ended */
  async update(
    runId: string,
    name: string,
    given: unknown[],
    { stage, deadline }: { readonly stage?: string; readonly deadline?: number } = {},
  ): Promise<unknown> {
    if (!(await this.isOpen(runId))) throw runEnded(runId);
    try {
      return await this.call(
        (client) =>
          client.workflow
            .getHandle(runWorkflowId(runId))
            .executeUpdate<unknown, [unknown]>(name, { args: given as [unknown] }),
        `no worker answered on the queue ${CONTROL_QUEUE}. Start one with \`mortar worker\``,
        deadline,
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
}

/** gRPC: INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED. */
const refusals = [3, 7, 16];

/** What the server says where it did answer, and will not do it however often it is asked. */
function refusalOf({ cause }: Error): string | undefined {
  const { code, details } = (cause ?? {}) as { code?: number; details?: string };
  return code !== undefined && refusals.includes(code) ? (details ?? 'it does not say why') : undefined;
}

export function runEnded(runId: string): UserError {
  return new UserError(
    'run-ended',
    `Run ${runId} has ended. \`mortar retry ${runId}\` starts it again from what is finished.`,
  );
}
