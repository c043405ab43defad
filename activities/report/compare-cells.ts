import { UserError } from '../../recipe/errors.js';
import type { ComparedCell, ComparisonDocument } from './comparison-document.js';
import { wording } from './comparisons.js';
import type { ScoreDocument } from './score-document.js';
import { bootstrapMean, mean } from './statistics/bootstrap.js';
import { holm } from './statistics/holm.js';
import { smallestDetectable } from './statistics/power.js';

export type Axes = Readonly<Record<string, string>>;

export interface CellScore {
  readonly axes: Axes;
  readonly score: ScoreDocument;
}

export interface CompareSettings {
  /** `sft.pass_at_1`, or with the stage before it: `score.sft.pass_at_1`. Several become an axis of their own, `metric`. */
  readonly metrics: readonly string[];
  readonly baseline: Axes;
  /** Axes whose runs are averaged. */
  readonly average: readonly string[];
  readonly correction: 'holm' | 'none';
  readonly targets: readonly {
    readonly axes: Axes;
    readonly delta: number;
    readonly source: string;
    readonly trust: string;
    readonly profile: string | null;
  }[];
  readonly resamples: number;
  readonly seed: number;
  readonly interval: number;
}

/** Instances are averaged over seeds first, then paired with the baseline's. Throws a UserError where cells do not share instances. */
export function compareCells(cells: readonly CellScore[], settings: CompareSettings): ComparisonDocument {
  const first = cells[0];
  if (first === undefined)
    throw new UserError('no-cells', "report/compare: the input 'scores' is empty. Give the score of each cell.");
  for (const { axes, score } of cells) {
    if (score.instances.digest === first.score.instances.digest) continue;
    throw new UserError(
      'different-instances',
      `report/compare: cell ${nameOf(axes)} was scored on other instances (${score.instances.digest.slice(0, 19)}) than ${nameOf(first.axes)} (${first.score.instances.digest.slice(0, 19)}). Cells can only be compared on one test set: let the axes change nothing before the split.`,
    );
  }
  const order = first.score.ids;
  const groups = new Map<string, { axes: Axes; runs: number[][] }>();
  for (const { axes, score } of cells) {
    const kept = Object.entries(axes).filter(([axis]) => !settings.average.includes(axis));
    for (const metric of settings.metrics) {
      const named = Object.fromEntries(settings.metrics.length === 1 ? kept : [...kept, ['metric', metric] as const]);
      const group = groups.get(nameOf(named)) ?? { axes: named, runs: [] };
      group.runs.push(aligned(score, metric, order, nameOf(axes)));
      groups.set(nameOf(named), group);
    }
  }
  const averages = [...groups.values()].map(({ axes, runs }) => ({
    axes,
    runs,
    values: order.map((_, index) => mean(runs.map((run) => run[index] ?? 0))),
  }));
  // An axis that the baseline does not name is held: each of its values has a baseline of its own.
  const baselineOf = (axes: Axes): (typeof averages)[number] => {
    const wanted = { ...axes, ...settings.baseline };
    const found = averages.find((one) => matches(one.axes, wanted) && matches(wanted, one.axes));
    if (found !== undefined) return found;
    throw new UserError(
      'no-baseline',
      `report/compare: no cell is the baseline ${nameOf(wanted)}. Cells: ${averages.map((one) => nameOf(one.axes)).join('; ')}.`,
    );
  };
  const tested = averages.map((cell) => {
    const baseline = baselineOf(cell.axes);
    const differences = cell.values.map((value, index) => value - (baseline.values[index] ?? 0));
    return {
      cell,
      differences,
      result: cell === baseline ? null : bootstrapMean(differences, { ...settings, level: settings.interval }),
    };
  });
  const raw = tested.flatMap(({ result }) => (result === null ? [] : [result.p]));
  const adjusted = settings.correction === 'holm' ? holm(raw) : raw;
  let next = 0;
  return {
    mortar: 1,
    metrics: settings.metrics,
    baseline: nameOf(settings.baseline),
    averaged: settings.average,
    correction: settings.correction,
    settings: { resamples: settings.resamples, seed: settings.seed, interval: settings.interval },
    instances: order.length,
    digest: first.score.instances.digest,
    cells: tested.map(({ cell, differences, result }): ComparedCell => {
      const means = cell.runs.map(mean);
      const p = result === null ? null : (adjusted[next++] ?? 1);
      const own = bootstrapMean(cell.values, { ...settings, level: settings.interval });
      const target = settings.targets.find(({ axes }) => matches(cell.axes, axes));
      return {
        name: nameOf(cell.axes),
        axes: cell.axes,
        runs: cell.runs.length,
        mean: mean(means),
        estimate: { mean: own.mean, low: own.low, high: own.high, n: cell.values.length },
        spread: deviation(means),
        difference:
          result === null ? null : { mean: result.mean, low: result.low, high: result.high, n: differences.length },
        p,
        wording: result === null || p === null ? null : wording(result.mean, p),
        detectable: result === null ? null : smallestDetectable(differences),
        target:
          target === undefined
            ? null
            : { delta: target.delta, source: target.source, trust: target.trust, profile: target.profile },
      };
    }),
  };
}

export function nameOf(axes: Axes): string {
  const names = Object.entries(axes).map(([axis, value]) => `${axis}=${value}`);
  return names.length === 0 ? 'all' : names.join(', ');
}

function aligned(score: ScoreDocument, metric: string, order: readonly string[], cell: string): number[] {
  const name = [metric, metric.split('.').slice(1).join('.')].find((one) => score.values[one] !== undefined);
  const values = name === undefined ? undefined : score.values[name];
  if (values === undefined) {
    throw new UserError(
      'no-metric',
      `report/compare: cell ${cell} has no metric '${metric}'. It has: ${Object.keys(score.values).join(', ')}.`,
      { metric },
    );
  }
  const byId = new Map(score.ids.map((id, index) => [id, values[index] ?? 0]));
  return order.map((id) => byId.get(id) ?? 0);
}

function matches(axes: Axes, wanted: Axes): boolean {
  return Object.entries(wanted).every(([axis, value]) => axes[axis] === value);
}

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
