import { hostname } from 'node:os';

/** `1234@host:mortar,cpu`: which process it is, and which queues it serves. Temporal shows it beside all that the worker does. */
export function workerIdentity(queues: readonly string[]): string {
  return `${process.pid}@${hostname()}:${queues.join(',')}`;
}

/** Undefined where the worker does not say: another program's, or of an older version. */
export function queuesOfIdentity(identity: string): readonly string[] | undefined {
  const [, list] = /^\d+@[^:]*:(.+)$/.exec(identity) ?? [];
  return list?.split(',');
}
