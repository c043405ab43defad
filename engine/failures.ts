import { ApplicationFailure } from '@temporalio/common';
import { InfrastructureError } from '../artifacts/errors.js';
import type { Failure } from '../artifacts/run-records.js';
import { UserError } from '../recipe/errors.js';

/** What a thrown error means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { class: 'user', code: error.code, message: error.message };
  if (error instanceof InfrastructureError)
    return { class: 'infrastructure', code: error.code, message: error.message };
  // Ports may come from another copy of a module: their errors are known by name.
  if (error instanceof Error && error.name === 'UserError')
    return { class: 'user', code: codeOf(error), message: error.message };
  return { class: 'bug', code: 'bug', message: error instanceof Error ? error.message : String(error) };
}

/** The same for Temporal: what the user has to mend is never tried again by itself. */
export function applicationFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const failure = failureOf(error);
  return ApplicationFailure.create({
    type: failure.class === 'user' ? 'UserError' : failure.class === 'infrastructure' ? 'InfrastructureError' : 'Bug',
    message: failure.message,
    nonRetryable: failure.class === 'user',
    details: [{ class: failure.class, code: failure.code }],
    cause: error instanceof Error ? error : undefined,
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'user';
}
