/** A service or a machine failed, not the work: tried again, and never the user's fault. */
export class InfrastructureError extends Error {
  override readonly name: string = 'InfrastructureError';

  constructor(
    /** Stable, in snake case. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
