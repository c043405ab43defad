import type { BlobStore } from '../../artifacts/blobs.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';

/** Plans by digest; the last few stay parsed, since a run asks for its own again and again. */
export class Plans {
  readonly #parsed = new Map<string, Promise<Plan>>();

  constructor(private readonly blobs: BlobStore) {}

  async get(digest: string): Promise<Plan> {
    const known = this.#parsed.get(digest);
    if (known) return known;
    const parsing = this.blobs.bytes(digest).then((bytes) => JSON.parse(bytes.toString('utf8')) as Plan);
    parsing.catch(() => this.#parsed.delete(digest));
    this.#parsed.set(digest, parsing);
    const [oldest] = this.#parsed.keys();
    if (this.#parsed.size > 8 && oldest !== undefined) this.#parsed.delete(oldest);
    return parsing;
  }

  async node(digest: string, node: number): Promise<PlanNode> {
    const found = (await this.get(digest)).nodes[node];
    if (!found) throw new Error(`plan ${digest} has no node ${node}`);
    return found;
  }
}
