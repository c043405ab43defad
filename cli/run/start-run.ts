import { randomBytes } from 'node:crypto';
import { EngineClient } from '../../engine/client/client.js';
import { compileRecipe } from '../recipe/compile-recipe.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { finishRun, temporalPage } from './finish-run.js';
import { followRun } from './follow-run.js';
import { print, say } from '../output.js';
import { prepareServices } from '../prepare-services.js';

export interface RunOptions {
  readonly profile?: string;
  readonly set?: readonly string[];
  /** Separated by commas. */
  readonly targets?: string;
  readonly fresh?: readonly string[];
  readonly locked?: boolean;
  readonly detach?: boolean;
  readonly onFailure: 'hold' | 'fail';
  readonly json?: boolean;
  /** False: only services that run already are used. */
  readonly up: boolean;
}

/** Compiles, prepares what the plan needs, starts the run, and follows it. */
export async function startRun(file: string, options: RunOptions): Promise<ExitCode> {
  if (options.locked) await (await import('../recipe/present-lock.js')).requireLocked(file, options);
  const { plan, text, files, code, source, warnings } = await compileRecipe(file, {
    profile: options.profile,
    set: options.set,
    targets: options.targets?.split(',').map((name) => name.trim()),
    // Recorded with the plan: a retry of this run asks for the same work, and another run for other work.
    fresh: options.fresh?.length ? { stages: options.fresh, nonce: randomBytes(8).toString('hex') } : undefined,
  });
  if (warnings) say(warnings);
  const { connection, sandbox } = await prepareServices(plan, options.up);
  const client = await EngineClient.connect();
  try {
    const run = await client.startRun({ plan, recipeText: text, files, code, source, onFailure: options.onFailure });
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
