import type { Estimate } from '../../activities/report/score-document.js';
import type { DurationChange, RunDifference, StageChange } from '../../engine/explain/compare-runs.js';
import type { ScoreChange } from '../../engine/explain/score-changes.js';
import { type Difference, renderDifference } from '../../recipe/explain/explain.js';
import { formatDuration } from '../format.js';
import { shortened } from './plan-reason.js';

/** Lines of a section that people read; `--json` has all. */
const MOST = 40;

/** What is different between two runs, for people; says so where nothing is. */
export function differenceLines(difference: RunDifference): string[] {
  const { before, after, params, stages, scalars, scores, durations, elapsed, same } = difference;
  const count = `${same} ${same === 1 ? 'stage' : 'stages'}`;
  const lines = [`${before} -> ${after}`];
  if (params.length + stages.length + scalars.length + scores.length === 0)
    lines.push(`The same: equal params, and ${count} that did the same work with the same numbers.`);
  else lines.push(`${count} did the same work${stages.length > 0 ? `, ${stages.length} did not` : ''}.`);
  const section = (title: string, all: readonly string[]): void => {
    if (all.length === 0) return;
    lines.push('', title, ...all.slice(0, MOST).map((line) => `  ${line}`));
    if (all.length > MOST) lines.push(`  and ${all.length - MOST} more: --json`);
  };
  section('Params', params.map(renderDifference));
  section('Stages', stages.map(stageLine));
  section('Numbers', scalars.map(numberLine));
  section('Scores, % with 95 % intervals', scores.map(scoreLine));
  section('Times', [
    ...durations.map(durationLine),
    ...(elapsed.before === undefined && elapsed.after === undefined
      ? []
      : [`whole run: ${time(elapsed.before)} -> ${time(elapsed.after)}`]),
  ]);
  return lines;
}

function stageLine({ stage, before, after, own = [], inputs = [] }: StageChange): string {
  if (before === undefined) return `${stage}: only in the second`;
  if (after === undefined) return `${stage}: only in the first`;
  const why = [...own.map(renderDifference), ...inputs.map((name) => `other ${name}`)];
  return `${stage}: ${why.length > 0 ? shortened(why, 4) : 'another key'}`;
}

/** The change beside the numbers, where it is one. */
function numberLine(difference: Difference): string {
  const { before, after } = difference;
  const change = typeof before === 'number' && typeof after === 'number' ? ` (${signed(after - before)})` : '';
  return `${renderDifference(difference)}${change}`;
}

function scoreLine({ stage, name, before, after, comparable }: ScoreChange): string {
  const change =
    before && after
      ? comparable
        ? ` (${signed((after.mean - before.mean) * 100)} points)`
        : ' (over other instances: not to be compared)'
      : '';
  return `${stage} ${name}: ${percent(before)} -> ${percent(after)}${change}`;
}

function percent(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '(none)';
  const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map((share) => (share * 100).toFixed(1));
  return `${mean} [${low}, ${high}]`;
}

function durationLine({ stage, before, after }: DurationChange): string {
  return `${stage}: ${time(before)} -> ${time(after)}`;
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'no work' : formatDuration(milliseconds);
}

function signed(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return value > 0 ? `+${text}` : text;
}
