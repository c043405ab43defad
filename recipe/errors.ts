import type { JsonObject } from './json.js';

/**
 * The user can mend it: a wrong value, a missing file, a missing secret. Never retried, printed without a stack.
 * `message` says what is wrong, where, the value, and the next step.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    /** Stable, kebab-case: outside programs may match on it. */
    readonly code: string,
    message: string,
    readonly details: JsonObject = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Something around the work failed: a service, the network, a sandbox that did not start. Retried by policy. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';

  constructor(
    /** Stable, kebab-case: outside programs may match on it. */
    readonly code: string,
    message: string,
    readonly details: JsonObject = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Works across module copies and after an error was rebuilt from a failure: by name, not by class. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError';
}

/** See `isUserError`. */
export function isInfrastructureError(error: unknown): error is InfrastructureError {
  return error instanceof Error && error.name === 'InfrastructureError';
}

/** This machine's disk is full, or the share of it that this user has. */
export function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && ['ENOSPC', 'EDQUOT'].includes((error as { code?: string }).code ?? '');
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
