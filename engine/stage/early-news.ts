import type { ControlActivities } from '../../workflows/control.js';
import type { DirectOutcome } from '../../workflows/direct.js';
import type { WorkOrder } from '../orders/order.js';

/** Milliseconds after which a run is told of each stage that has ended, instead of at the end of the batch. */
const PATIENCE = 2_000;

/** Tells a run of stages that have ended while others of their batch take long. What is lost on the way comes with the batch. */
export class EarlyNews {
  readonly #kept: (() => void)[] = [];
  readonly #sent: Promise<unknown>[] = [];
  #late = false;
  readonly #timer = setTimeout(() => {
    this.#late = true;
    for (const send of this.#kept.splice(0)) send();
  }, PATIENCE);

  constructor(
    private readonly runId: string,
    private readonly orders: readonly WorkOrder[],
    private readonly epochs: readonly (number | null)[],
    private readonly notify: ControlActivities['notify'],
  ) {}

  ended(index: number, outcome: DirectOutcome): void {
    const [node, epoch] = [this.orders[index]?.node, this.epochs[index]];
    if (outcome.kind === 'elsewhere' || node === undefined || epoch == null) return;
    const send = (): void => {
      this.#sent.push(this.notify({ subscriber: { runId: this.runId, node, epoch }, outcome }).catch(() => undefined));
    };
    if (this.#late) send();
    else this.#kept.push(send);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#sent);
  }
}
