import type { NodeRecord, RunRecord } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import { isInfrastructureError } from '../../recipe/errors.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';

/** What an earlier run had under an address. */
export interface PastNode {
  readonly run: string;
  readonly number: number;
  readonly node: PlanNode;
  readonly record: NodeRecord;
}

/** An earlier run, read as far as somebody asks: its plan may be of thousands of stages. */
export class PastRun {
  #plan: Promise<Plan | undefined> | undefined;
  #numbers: Promise<ReadonlyMap<string, number>> | undefined;
  readonly #records = new Map<number, Promise<NodeRecord | undefined>>();

  constructor(
    private readonly store: Store,
    readonly record: RunRecord,
  ) {}

  /** @throws Error where the store knows no such run */
  static async open(store: Store, id: string): Promise<PastRun> {
    const record = await store.runs.run(id);
    if (!record) throw new Error(`run ${id} has no record`);
    return new PastRun(store, record);
  }

  get id(): string {
    return this.record.id;
  }

  /** Undefined where the plan has been collected. */
  plan(): Promise<Plan | undefined> {
    this.#plan ??= this.store.blobs
      .cached(this.record.plan)
      .then((bytes) => JSON.parse(bytes.toString('utf8')) as Plan)
      .catch((error: unknown) => {
        if (isInfrastructureError(error) && error.code.startsWith('blob-')) return undefined;
        throw error;
      });
    return this.#plan;
  }

  node(number: number): Promise<NodeRecord | undefined> {
    const known = this.#records.get(number);
    if (known) return known;
    const reading = this.store.runs.node(this.id, number);
    this.#records.set(number, reading);
    return reading;
  }

  /** The node that had one of these addresses; undefined where there was none, or it has left nothing. */
  async find(addresses: readonly string[]): Promise<PastNode | undefined> {
    const plan = await this.plan();
    this.#numbers ??= this.plan().then(numbersOf);
    const numbers = await this.#numbers;
    const number = addresses.map((address) => numbers.get(address)).find((found) => found !== undefined);
    const node = number === undefined ? undefined : plan?.nodes[number];
    if (number === undefined || node === undefined) return undefined;
    const record = await this.node(number);
    return record && { run: this.id, number, node, record };
  }
}

/** The newest runs: those of the same recipe first, then the others, each newest first. */
export async function pastRuns(
  store: Store,
  { name, before, most = 20 }: { readonly name: string; readonly before?: string; readonly most?: number },
): Promise<readonly PastRun[]> {
  // Ids begin with their time.
  const ids = (await store.runs.ids()).filter((id) => before === undefined || id < before).slice(0, most);
  const records = await Promise.all(ids.map((id) => store.runs.run(id)));
  const runs = records.filter((record) => record !== undefined).map((record) => new PastRun(store, record));
  return [...runs.filter(({ record }) => record.name === name), ...runs.filter(({ record }) => record.name !== name)];
}

function numbersOf(plan: Plan | undefined): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [number, { id, aliases }] of (plan?.nodes ?? []).entries())
    for (const address of [id, ...aliases]) numbers.set(address, number);
  return numbers;
}
