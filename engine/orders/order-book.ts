import type { ObjectStore } from '../../artifacts/store.js';
import { sha256 } from '../../recipe/canonical.js';
import { orderName, type WorkOrder } from './order.js';

/** Batches that stay in memory: whoever writes one down often is who works on it. */
const MOST_REMEMBERED = 64;

/** Orders that are worked on together: `runs/<id>/orders/batch-<digest>.json`. */
export interface OrderBatch {
  readonly mortar: 1;
  /** Milliseconds since 1970: none of these was in the cache shortly before. */
  readonly at: number;
  readonly orders: readonly WorkOrder[];
}

/** Work orders in the store: one by one, or many small ones in one object. */
export class OrderBook {
  readonly #batches = new Map<string, OrderBatch>();

  constructor(private readonly objects: ObjectStore) {}

  async write(order: WorkOrder): Promise<string> {
    const name = orderName(order.runId, order.node, order.key);
    await this.objects.put(name, JSON.stringify(order));
    return name;
  }

  async read(name: string): Promise<WorkOrder> {
    return (await this.#read<WorkOrder>(name)) ?? fail(name);
  }

  async writeBatch(runId: string, orders: readonly WorkOrder[]): Promise<string> {
    const text = JSON.stringify(orders);
    // By all that they say: another plan may have the same work under other policies.
    const name = `runs/${runId}/orders/batch-${sha256(text).slice(-16)}.json`;
    const at = Date.now();
    const batch: OrderBatch = { mortar: 1, at, orders };
    await this.objects.put(name, `{"mortar":1,"at":${at},"orders":${text}}`);
    this.#remember(name, batch);
    return name;
  }

  /** As it is, or was when this worker last saw it: only its time changes. */
  async batch(name: string): Promise<OrderBatch> {
    const known = this.#batches.get(name);
    if (known) return known;
    const batch = (await this.#read<OrderBatch>(name)) ?? fail(name);
    this.#remember(name, batch);
    return batch;
  }

  async #read<T>(name: string): Promise<T | undefined> {
    const bytes = await this.objects.get(name);
    return bytes && (JSON.parse(bytes.toString('utf8')) as T);
  }

  #remember(name: string, batch: OrderBatch): void {
    this.#batches.delete(name);
    this.#batches.set(name, batch);
    const [oldest] = this.#batches.keys();
    if (this.#batches.size > MOST_REMEMBERED && oldest !== undefined) this.#batches.delete(oldest);
  }
}

function fail(name: string): never {
  throw new Error(`the work order ${name} is not in the store`);
}
