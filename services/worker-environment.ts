import { messageOf } from '../recipe/errors.js';
import { findPython } from './python.js';
import type { Report } from './report.js';
import { ensureSandbox } from './sandbox-program.js';
import { findTrainer } from './trainer-environment.js';

/** Variables that tell a worker of this machine what it can offer: its sandbox and the trainer's interpreter. Installs no packages. */
export async function workerEnvironment(report: Report): Promise<Record<string, string>> {
  const [, trainer, python] = await Promise.all([
    ensureSandbox(report).catch((error: unknown) => {
      // A worker without a sandbox can still train; stages that need one say so themselves.
      report(`Without a sandbox: ${messageOf(error)}`);
    }),
    findTrainer().catch(() => undefined),
    findPython().catch(() => undefined),
  ]);
  return {
    // Named here so that a worker with another sandbox is replaced.
    ...(process.env['MORTAR_SANDBOX'] && { MORTAR_SANDBOX: process.env['MORTAR_SANDBOX'] }),
    ...(process.env['MORTAR_BWRAP'] && { MORTAR_BWRAP: process.env['MORTAR_BWRAP'] }),
    // Short programs of the Python side need no packages, and start faster behind no shim.
    ...(python && { MORTAR_PYTHON: python.path }),
    ...(trainer && { MORTAR_TRAINER_PYTHON: trainer.python }),
  };
}
