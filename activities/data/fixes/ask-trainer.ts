import { InfrastructureError } from '../../../recipe/errors.js';
import type { Json } from '../../../recipe/json.js';
import type { ActivityContext } from '../../activity.js';

/** What the programs of the Python side answer that fetch something. */
export interface Fetched {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly path?: string;
}

/** The one answer of a program of the Python side. The network's fault is thrown, to be retried. */
export async function askTrainer<T extends Fetched>(
  command: string,
  lines: readonly Json[],
  { trainer, signal }: Pick<ActivityContext, 'trainer' | 'signal'>,
): Promise<T> {
  for await (const line of trainer.stream(command, lines, signal)) {
    const answer = line as unknown as T;
    if (!answer.ok && answer.code === 'network')
      throw new InfrastructureError('source-unreachable', `data/mine-fixes: ${answer.message ?? command}`);
    return answer;
  }
  throw new Error(`${command} did not answer`);
}
