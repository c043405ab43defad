import type { NodeState, RunState } from '../../artifacts/run-record.js';
import type { Outage } from '../../engine/client/persevere.js';
import type { RunStatus } from '../../engine/client/run-status.js';
import { print } from '../output.js';

/** Prints what has changed since the last time, one JSON object a line. */
export class RunEvents {
  readonly #states = new Map<string, NodeState>();
  readonly #progress = new Map<string, string>();
  #run: RunState | undefined;

  update(status: RunStatus): void {
    for (const { id, node, state, progress, failure, scalars, key } of status.nodes) {
      if (this.#states.get(id) !== state) {
        this.#states.set(id, state);
        if (state !== 'waiting') this.#emit({ event: 'stage', stage: id, node, state, key, failure, scalars });
      }
      if (state !== 'running' || !progress) continue;
      const text = JSON.stringify(progress);
      if (this.#progress.get(id) !== text) this.#emit({ event: 'progress', stage: id, ...progress });
      this.#progress.set(id, text);
    }
    if (this.#run === status.state) return;
    this.#run = status.state;
    this.#emit({ event: 'run', run: status.run.id, state: status.state, failure: status.failure });
  }

  outage({ service, message }: Outage): void {
    this.#emit({ event: 'service', service, answers: message === undefined, message });
  }

  #emit(event: object): void {
    print(JSON.stringify({ time: new Date().toISOString(), ...event }));
  }
}
