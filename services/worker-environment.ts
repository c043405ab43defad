import { messageOf } from '../recipe/errors.js';
import { findPython } from './python.js';
import type { Report } from './report.js';
import { ensureSandbox } from './sandbox-program.js';
import { findTrainer } from './trainer-environment.js';
import { ensureUv } from './uv.js';

/**
 * Variables that tell a worker of this machine what it can offer: its sandbox, the uv that makes environments, and the trainer's interpreter.
 * Installs nothing but the two small programs where they are missing.
 */
export async function workerEnvironment(report: Report): Promise<Record<string, string>> {
  // A worker without a sandbox can still train; stages that need one say so themselves.
  const without =
    (what: string) =>
    (error: unknown): undefined => {
      report(`Without ${what}: ${messageOf(error)}`);
    };
  const [, uv, trainer, python] = await Promise.all([
    ensureSandbox(report).catch(without('a sandbox')),
    ensureUv(report).catch(without('uv')),
    findTrainer().catch(() => undefined),
    findPython().catch(() => undefined),
  ]);
  return {
    // Named here so that a worker with another sandbox is replaced.
    ...(process.env['MORTAR_SANDBOX'] && { MORTAR_SANDBOX: process.env['MORTAR_SANDBOX'] }),
    ...(process.env['MORTAR_BWRAP'] && { MORTAR_BWRAP: process.env['MORTAR_BWRAP'] }),
    ...(uv && { MORTAR_UV: uv.path }),
    // Short programs of the Python side need no packages, and start faster behind no shim.
    ...(python && { MORTAR_PYTHON: python.path }),
    ...(trainer && { MORTAR_TRAINER_PYTHON: trainer.python }),
  };
}
