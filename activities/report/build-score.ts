import { createHash } from 'node:crypto';
import type { Instance } from '../../schemas/records.js';
import { attemptsByRow, type NamedJudgement, type NamedVerdict, type RowAttempts } from './attempts.js';
import { comparisons, type Contrast } from './comparisons.js';
import type { AtK, Estimate, ScoreDocument, ScoreRow, Selector } from './score-document.js';
import { metricName, rightOnes, selectionRules } from './selectors.js';
import { bootstrapMean, mean } from './statistics/bootstrap.js';
import { leaveOneOut } from './statistics/leave-one-out.js';
import { verifierQuality } from './verifier-quality.js';

export type Settings = ScoreDocument['settings'];

export interface ScoreInput {
  readonly instances: readonly Instance[];
  readonly verdicts: readonly NamedVerdict[];
  readonly judgements: readonly NamedJudgement[];
  readonly settings: Settings;
}

/** Everything that a report says about an evaluation. Pure: the same records give the same document. */
export async function buildScore(input: ScoreInput): Promise<ScoreDocument> {
  const { instances, settings } = input;
  const rows = attemptsByRow(instances, input.verdicts, input.judgements);
  const values: Record<string, readonly number[]> = {};
  const verifiersOf = (row: RowAttempts): string[] => [
    ...new Set(input.judgements.filter(({ judgement }) => judgement.row === row.name).map(({ verifier }) => verifier)),
  ];
  const scored: ScoreRow[] = [];
  for (const row of rows) scored.push(await scoreRow(row, verifiersOf(row), instances, settings, values));
  const { contrasts, skipped } = contrastsOf(scored, settings, values);
  return {
    mortar: 1,
    settings,
    instances: {
      total: instances.length,
      valid: instances.filter(({ status }) => status === 'valid').length,
      by_status: countBy(instances.map(({ status }) => status)),
      by_repo: countBy(instances.map(({ repo }) => repo)),
      by_reason: countBy(instances.flatMap(({ status, reason }) => (status === 'valid' ? [] : [reason ?? status]))),
      digest: `sha256:${createHash('sha256')
        .update(JSON.stringify(instances.map(({ instance_id }) => instance_id).sort()))
        .digest('hex')}`,
    },
    rows: scored,
    comparisons: comparisons(
      contrasts,
      instances.map(({ repo }) => repo),
      settings,
    ),
    skipped,
    ids: instances.map(({ instance_id }) => instance_id),
    clusters: instances.map(({ repo }) => repo),
    values,
  };
}

export function estimate(values: readonly number[], settings: Settings): Estimate {
  const {
    mean: centre,
    low,
    high,
  } = bootstrapMean(values, {
    resamples: settings.resamples,
    seed: settings.seed,
    level: settings.interval,
  });
  return { mean: centre, low, high, n: values.length };
}

async function scoreRow(
  row: RowAttempts,
  verifiers: readonly string[],
  instances: readonly Instance[],
  settings: Settings,
  values: Record<string, readonly number[]>,
): Promise<ScoreRow> {
  const flat = row.attempts.flat();
  const valid = instances.map(({ status }) => status === 'valid');
  const onValid = (all: readonly number[]): number[] => all.filter((_, index) => valid[index]);
  const passes = row.attempts.map((attempts) => (attempts.length === 0 ? 0 : rightOnes(attempts) / attempts.length));
  values[`${row.name}.pass_at_1`] = passes;
  const likelihood = flat.length > 0 && flat.some(({ logprob }) => logprob !== null);
  const ks = settings.k.filter((k) => k <= row.samples);
  const selectors: Selector[] = [];
  for (const rule of selectionRules(verifiers, likelihood)) {
    // Seconds of arithmetic: heartbeats and signals of the worker must get through.
    await new Promise((resolve) => setImmediate(resolve));
    const at = ks.map((k): AtK => {
      const own = row.attempts.map((attempts) => rule.value(attempts, k) ?? 0);
      if (rule.kind !== 'random') values[`${row.name}.${metricName(rule, k)}`] = own;
      return {
        k,
        all: estimate(own, settings),
        valid: estimate(onValid(own), settings),
        one_subset: k === row.samples,
      };
    });
    selectors.push({
      kind: rule.kind,
      ...(rule.verifier === undefined ? {} : { verifier: rule.verifier }),
      label: rule.label,
      at,
    });
  }
  const calls = flat.filter(({ validCall }) => validCall);
  const status = countBy(flat.map((one) => one.status));
  const notValid = row.attempts.reduce(
    (sum, attempts, index) => sum + (valid[index] === true ? 0 : attempts.length),
    0,
  );
  const rerankable = row.attempts.filter((attempts) => {
    const right = rightOnes(attempts);
    return right > 0 && right < attempts.length;
  });
  return {
    name: row.name,
    samples: row.samples,
    rollouts: flat.length,
    verdicts: { ...status, instance_not_valid: notValid },
    pass_at_1: estimate(passes, settings),
    pass_at_1_valid: estimate(onValid(passes), settings),
    leave_one_out: leaveOneOut(
      passes,
      instances.map(({ repo }) => repo),
    ),
    by_repo: byRepo(instances, passes),
    valid_call_rate: flat.length === 0 ? 0 : calls.length / flat.length,
    fix_given_valid: calls.length === 0 ? null : calls.filter(({ right }) => right).length / calls.length,
    turns: flat.length === 0 ? 0 : mean(flat.map(({ turns }) => turns)),
    tokens: flat.length === 0 ? 0 : mean(flat.map(({ tokens }) => tokens)),
    rerankable: instances.length === 0 ? 0 : rerankable.length / instances.length,
    selectors: row.samples > 1 ? selectors : [],
    verifiers: verifiers.map((verifier) => verifierQuality(verifier, row.attempts)),
    budgets: settings.budgets
      .filter((budget) => flat.some(({ budgets }) => budgets[budget] !== undefined))
      .map((budget) => ({
        budget,
        pass_at_1: estimate(
          row.attempts.map((attempts) => share(attempts.map(({ budgets }) => budgets[budget] === true))),
          settings,
        ),
        turns: mean(flat.map(({ turns }) => Math.min(turns, budget))),
      })),
  };
}

/** What is tested: the pairs asked for, and for each verifier its Best@K against everything that is cheaper. */
function contrastsOf(
  rows: readonly ScoreRow[],
  settings: Settings,
  values: Readonly<Record<string, readonly number[]>>,
): { contrasts: Contrast[]; skipped: ScoreDocument['skipped'] } {
  const contrasts: Contrast[] = [];
  const skipped: { pair: string; reason: string }[] = [];
  const add = (label: string, left: string, right: string): void => {
    const [leftValues, rightValues] = [values[left], values[right]];
    if (leftValues !== undefined && rightValues !== undefined)
      contrasts.push({ label, left, right, leftValues, rightValues });
  };
  for (const [left, right] of settings.pairs) {
    const missing = [left, right].filter((name) => !rows.some((row) => row.name === name));
    if (missing.length > 0)
      skipped.push({ pair: `${left}, ${right}`, reason: `no row named ${missing.join(' and ')}` });
    else add(`${right} over ${left}, Pass@1`, `${left}.pass_at_1`, `${right}.pass_at_1`);
  }
  // Choosing is tested for the rows that the pairs are about; for the others it is only shown: each test costs the rest power.
  const subjects = new Set(settings.pairs.map(([, right]) => right));
  for (const row of rows) {
    if (subjects.size > 0 && !subjects.has(row.name)) continue;
    const k = Math.max(0, ...settings.k.filter((one) => one <= row.samples));
    if (k < 2) continue;
    const partners = settings.pairs.flatMap(([a, b]) => (a === row.name ? [b] : b === row.name ? [a] : []));
    const greedy = rows.find(({ name, samples }) => samples === 1 && partners.includes(name) && /greedy/.test(name));
    for (const { verifier } of row.verifiers) {
      const picks = [
        { name: `Best@${k} (${verifier})`, metric: `${row.name}.best_at_${k}.${verifier}` },
        { name: `weighted vote@${k} (${verifier})`, metric: `${row.name}.vote_at_${k}.${verifier}` },
      ];
      for (const pick of picks) {
        add(`${row.name}: ${pick.name} over mean Pass@1`, `${row.name}.pass_at_1`, pick.metric);
        if (greedy !== undefined) add(`${row.name}: ${pick.name} over greedy`, `${greedy.name}.pass_at_1`, pick.metric);
        add(`${row.name}: ${pick.name} over majority patch`, `${row.name}.majority_at_${k}`, pick.metric);
      }
    }
  }
  return { contrasts, skipped };
}

function byRepo(instances: readonly Instance[], values: readonly number[]): ScoreRow['by_repo'] {
  const repos = [...new Set(instances.map(({ repo }) => repo))].sort();
  return Object.fromEntries(
    repos.map((repo) => {
      const own = values.filter((_, index) => instances[index]?.repo === repo);
      return [repo, { instances: own.length, pass_at_1: mean(own) }];
    }),
  );
}

function share(values: readonly boolean[]): number {
  return values.length === 0 ? 0 : values.filter(Boolean).length / values.length;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of [...values].sort()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
