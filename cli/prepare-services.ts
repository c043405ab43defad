import { UserError } from '../recipe/errors.js';
import type { Plan } from '../recipe/plan.js';
import { connectionEnvironment, type Connection } from '../services/connection.js';
import { needsOf } from '../services/needs.js';
import { ensureSandbox } from '../services/sandbox-program.js';
import { ensureTrainer } from '../services/trainer-environment.js';
import { connect, up } from '../services/up.js';
import { engineQueue, workerPolls } from '../services/worker-service.js';
import { say } from './output.js';

export interface Prepared {
  readonly connection: Connection;
  readonly sandbox: Awaited<ReturnType<typeof ensureSandbox>> | undefined;
}

/**
 * Makes ready what the runs of a plan need, and lets this process use it.
 * @param start false: only services that run already are used
 */
export async function prepareServices(plan: Plan, start: boolean): Promise<Prepared> {
  const needs = needsOf(plan);
  // Long preparations of a first run go on side by side; the worker is started when all of them are there.
  const preparing = Promise.all([
    needs.sandbox ? ensureSandbox(say) : undefined,
    needs.trainer && start ? ensureTrainer(say) : undefined,
  ]);
  const [[sandbox], connection] = await Promise.all([
    preparing,
    start ? up(say, { beforeWorker: preparing }).then((started) => started.connection) : connectToWorker(),
  ]);
  Object.assign(process.env, connectionEnvironment(connection));
  return { connection, sandbox };
}

/** With --no-up nothing is started, so a run that nobody would work on is refused. */
async function connectToWorker(): Promise<Connection> {
  const connection = connect();
  if (await workerPolls(connection)) return connection;
  throw new UserError(
    'no-worker',
    `No worker polls queue ${engineQueue} at ${connection.temporal.address}. Start one with: mortar worker, or leave --no-up out.`,
  );
}
