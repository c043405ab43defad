import type { Activity } from '../activities/activity.js';
import type { Ports } from './ports.js';

/** Digest of what an activity's work runs in; null where it runs on the worker itself. */
export async function environmentDigest(activity: Activity, ports: Ports): Promise<string | null> {
  return activity.queue === 'sandbox' ? (await ports.sandbox()).rootDigest() : null;
}
