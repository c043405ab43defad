import { ApplicationFailure } from '@temporalio/common';
import type { Failure } from '../artifacts/run-record.js';
import { isDiskFull, isInfrastructureError, isUserError, messageOf } from '../recipe/errors.js';

/** What a thrown error means. */
export function failureOf(error: unknown): Failure {
  if (isUserError(error)) return { class: 'user', code: error.code, message: error.message };
  if (isInfrastructureError(error)) return { class: 'infrastructure', code: error.code, message: error.message };
  if (isDiskFull(error)) {
    const message = `The disk of the worker is full: ${error.message}. Free some of it, or give the worker another MORTAR_CACHE.`;
    return { class: 'infrastructure', code: 'disk-full', message };
  }
  return { class: 'bug', code: 'bug', message: messageOf(error) };
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
