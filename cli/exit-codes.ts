import { CommanderError } from 'commander';
import { isInfrastructureError, isUserError } from '../recipe/errors.js';

export const exitCodes = {
  ok: 0,
  /** The run failed, or a bug of ours. */
  failed: 1,
  /** Wrong command line or invalid recipe. */
  usage: 2,
  /** Temporal, S3, a sandbox or a program that is needed cannot be reached. */
  unreachable: 3,
  cancelled: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** User errors about what is around Mortar, not about what was asked of it. Rooms spell codes with dashes or underscores. */
const unreachableCodes = new Set([
  'service-unreachable',
  'service-failed',
  's3-refused',
  'store-unconditional',
  'missing-program',
  'sandbox-missing',
  'python-missing',
  'python-too-old',
  'trainer-python-missing',
  'no-worker',
  'locked',
  'disk-full',
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (isInfrastructureError(error)) return exitCodes.unreachable;
  if (isUserError(error)) {
    if (unreachableCodes.has(error.code.replaceAll('_', '-'))) return exitCodes.unreachable;
    return error.code === 'cancelled' ? exitCodes.cancelled : exitCodes.usage;
  }
  return systemFailure(error) ? exitCodes.unreachable : exitCodes.failed;
}

/** What the operating system's error means for the user; undefined where it is not one of those that people can mend. */
export function systemFailure(error: unknown): string | undefined {
  const { code, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  switch (code) {
    case 'ENOSPC':
      return `The disk is full${path ? ` (writing ${path})` : ''}. Free some space and run this again: work that is done is kept.`;
    case 'EACCES':
    case 'EROFS':
      return `No permission${path ? ` for ${path}` : ''}. Set MORTAR_HOME and MORTAR_CACHE to folders that you may write to.`;
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ETIMEDOUT':
    case 'ENOTFOUND':
      return `No connection to ${address ?? 'a service'}${port ? `:${port}` : ''} (${code}). Look with: mortar doctor`;
    default:
      return undefined;
  }
}
