import { EngineClient } from '../engine/client.js';
import { UserError } from '../recipe/errors.js';
import { connectionEnvironment, type Connection } from '../services/connection.js';
import { needsOf } from '../services/needs.js';
import { ensureSandbox } from '../services/sandbox-program.js';
import { ensureTrainer } from '../services/trainer-environment.js';
import { connect, up } from '../services/up.js';
import { engineQueue, workerPolls } from '../services/worker-service.js';
import { compileRecipe } from './compile-recipe.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { finishRun, temporalPage } from './finish-run.js';
import { followRun } from './follow-run.js';
import { print, say } from './output.js';

export interface RunOptions {
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly detach?: boolean;
  readonly onFailure: 'hold' | 'fail';
  readonly json?: boolean;
  /** False: only services that run already are used. */
  readonly up: boolean;
}

/** Compiles, prepares what the plan needs, starts the run, and follows it. */
export async function startRun(file: string, options: RunOptions): Promise<ExitCode> {
  const { plan, text, files, warnings } = await compileRecipe(file, options);
  if (warnings) say(warnings);
  const needs = needsOf(plan);
  // Long preparations of a first run go on side by side; the worker is started when all of them are there.
  const preparing = Promise.all([
    needs.sandbox ? ensureSandbox(say) : undefined,
    needs.trainer && options.up ? ensureTrainer(say) : undefined,
  ]);
  const [[sandbox], connection] = await Promise.all([preparing, options.up ? upFor(preparing) : connectToWorker()]);
  Object.assign(process.env, connectionEnvironment(connection));
  const client = await EngineClient.connect();
  try {
    const run = await client.startRun({ plan, recipeText: text, files, onFailure: options.onFailure });
    say(`Run ${run}: ${plan.name}${plan.profile ? `, profile ${plan.profile}` : ''}, ${plan.nodes.length} stages`);
    if (sandbox) say(`Sandbox: ${await sandbox.describe()}`);
    const page = temporalPage(connection, `run/${run}`);
    if (page) say(`Temporal: ${page}`);
    if (options.detach) {
      if (options.json) print(JSON.stringify({ time: new Date().toISOString(), event: 'run', run, state: 'running' }));
      else print(run);
      say(`Started. Follow it with: mortar watch ${run}`);
      return exitCodes.ok;
    }
    const { exitCode, status } = await followRun(client, run, options);
    if (status) await finishRun(client, status, connection);
    return exitCode;
  } finally {
    await client.close();
  }
}

async function upFor(preparing: Promise<unknown>): Promise<Connection> {
  return (await up(say, { beforeWorker: preparing })).connection;
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
