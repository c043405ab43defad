import type { Json, JsonObject } from '../../recipe/json.js';

/** Points that a metrics record keeps: enough for a curve. */
const MOST_POINTS = 200;

/** Gathers the loss by step from progress lines, for the report's curves. A step said twice (after a resume) counts as said last. */
export class LossLog {
  readonly #losses = new Map<number, number>();
  #last = 0;

  add(step: number, line: JsonObject): void {
    if (typeof line['loss'] !== 'number' || !Number.isFinite(line['loss'])) return;
    this.#losses.set(step, line['loss']);
    this.#last = line['loss'];
  }

  /** For progress lines. */
  note(): string {
    return `loss ${this.#last.toFixed(3)}`;
  }

  points(): Json[] {
    const all = [...this.#losses].sort(([a], [b]) => a - b);
    const every = Math.max(1, Math.ceil(all.length / MOST_POINTS));
    return all
      .filter((_, index) => index % every === 0 || index === all.length - 1)
      .map(([step, loss]) => ({ step, loss }));
  }
}
