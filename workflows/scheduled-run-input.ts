/** What a schedule starts a firing with. */
export interface ScheduledRunInput {
  readonly schedule: string;
  /** Digest of what the schedule runs. */
  readonly definition: string;
}
