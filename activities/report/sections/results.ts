import type { Section } from '../document/blocks.js';
import { decimal, percent, points, probability, withInterval } from '../document/numbers.js';
import { barPlot, type Bar } from '../plots/bars.js';
import { linePlot, type Series } from '../plots/lines.js';
import type { ScoreDocument, ScoreRow, Selector } from '../score-document.js';
import { mainRow, pointRange } from './summary.js';

export function resultSections(score: ScoreDocument): Section[] {
  return [
    rates(score),
    differences(score),
    ...score.rows.filter(({ selectors }) => selectors.length > 0).map((row) => selection(row)),
    ...(score.rows.some(({ verifiers }) => verifiers.length > 0) ? [verifiers(score)] : []),
    ...(score.rows.some(({ budgets }) => budgets.length > 0) ? [budgets(score)] : []),
    packages(score),
    denominators(score),
  ];
}

function rates(score: ScoreDocument): Section {
  const main = mainRow(score);
  const k = Math.max(0, ...(main?.selectors[0]?.at.map((one) => one.k) ?? []));
  const bars: Bar[] = [
    ...score.rows.map((row): Bar => ({ label: `${row.name} Pass@1`, ...inPercent(row.pass_at_1), group: 0 })),
    ...(main?.selectors ?? [])
      .filter(({ kind }) => kind !== 'random')
      .flatMap((selector): Bar[] => {
        const at = selector.at.find((one) => one.k === k);
        const group = selector.kind === 'verifier' || selector.kind === 'vote' ? 1 : selector.kind === 'oracle' ? 6 : 2;
        return at === undefined ? [] : [{ label: shortLabel(selector, k), ...inPercent(at.all), group }];
      }),
  ];
  const description = `Resolved instances in per cent: ${bars.map(({ label, value }) => `${label} ${value.toFixed(1)}`).join(', ')}. Whiskers are ${Math.round(score.settings.interval * 100)} % intervals.`;
  return {
    id: 'rates',
    title: 'Rates',
    blocks: [
      {
        type: 'plot',
        title: `Resolved, per cent of all ${score.instances.total} instances.`,
        svg: barPlot(bars, description),
        description: `Selection is of ${main?.name ?? 'no row'} at K = ${k}. Whiskers: ${Math.round(score.settings.interval * 100)} % intervals.`,
      },
      {
        type: 'table',
        caption:
          'Rows. The gain is split into writing an edit that applies and the fix being right; their product is Pass@1.',
        columns: [
          { title: 'row' },
          { title: 'rollouts each', numeric: true },
          { title: 'Pass@1, all', numeric: true },
          { title: 'Pass@1, gold-valid', numeric: true },
          { title: 'valid-call rate', numeric: true },
          { title: 'fix rate given valid', numeric: true },
          { title: 'turns', numeric: true },
          { title: 'sampled tokens', numeric: true },
          { title: 'leave one package out', numeric: true },
        ],
        rows: score.rows.map((row) => [
          row.name,
          String(row.samples),
          withInterval(row.pass_at_1),
          withInterval(row.pass_at_1_valid),
          percent(row.valid_call_rate),
          percent(row.fix_given_valid),
          decimal(row.turns, 1),
          decimal(row.tokens, 0),
          row.leave_one_out === null ? '–' : `${percent(row.leave_one_out.low)} to ${percent(row.leave_one_out.high)}`,
        ]),
      },
    ],
  };
}

function differences(score: ScoreDocument): Section {
  const tone = { supported: 'good', contradicted: 'bad', 'not resolved': 'neutral' } as const;
  return {
    id: 'differences',
    title: 'Differences',
    blocks: [
      {
        type: 'text',
        text: `Points, paired over instances; p from the bootstrap, corrected by Holm over the ${score.comparisons.length} comparisons of this table. "Not resolved" comes with the smallest difference that this many instances show at 80 % power, uncorrected.`,
      },
      {
        type: 'table',
        caption: 'Paired differences',
        columns: [
          { title: 'comparison' },
          { title: 'difference', numeric: true },
          { title: 'interval', numeric: true },
          { title: 'p', numeric: true },
          { title: 'p (Holm)', numeric: true },
          { title: 'finding' },
          { title: 'detectable', numeric: true },
          { title: 'leave one package out', numeric: true },
        ],
        rows: score.comparisons.map((one) => [
          one.label,
          points(one.difference.mean),
          pointRange(one.difference),
          probability(one.p),
          probability(one.p_holm),
          { text: one.wording, tone: tone[one.wording] },
          percent(one.detectable),
          one.leave_one_out === null ? '–' : pointRange(one.leave_one_out),
        ]),
      },
      ...(score.skipped.length === 0
        ? []
        : [
            {
              type: 'list' as const,
              items: score.skipped.map(({ pair, reason }) => `Not compared: ${pair} (${reason}).`),
            },
          ]),
    ],
  };
}

function selection(row: ScoreRow): Section {
  const ks = row.selectors[0]?.at.map(({ k }) => k) ?? [];
  const series = row.selectors.map((selector, index): Series => ({
    label: selector.label,
    colour: selector.kind === 'random' ? 6 : selector.kind === 'oracle' ? 2 : selector.kind === 'verifier' ? 0 : index,
    dashed: selector.kind === 'random' || selector.kind === 'oracle',
    band: selector.kind === 'verifier',
    points: selector.at.map(({ k, all }) => ({ x: k, y: all.mean * 100, low: all.low * 100, high: all.high * 100 })),
  }));
  const description = `Resolved by number of attempts to choose from: ${row.selectors.map(({ label, at }) => `${label} ${at.map(({ k, all }) => `${percent(all.mean)} at ${k}`).join(', ')}`).join('; ')}.`;
  return {
    id: `selection-${row.name}`,
    title: `Choosing among K attempts: ${row.name}`,
    blocks: [
      ...(ks.length > 1
        ? [
            {
              type: 'plot' as const,
              title: `${row.name}: one of K.`,
              svg: linePlot(series, {
                description,
                xLabel: 'K, attempts to choose from',
                yLabel: 'resolved',
                unit: ' %',
                logX: true,
                xTicks: ks,
              }),
              description:
                'Exact expectations over all subsets of K, ties averaged. The band is the interval of the verifier.',
            },
          ]
        : []),
      {
        type: 'table',
        caption: `Resolved, per cent of all instances. Re-rankable instances (right and wrong attempts): ${percent(row.rerankable)} %.${ks.includes(row.samples) ? ` At K = ${row.samples} there is one subset an instance.` : ''}`,
        columns: [
          { title: 'selector' },
          ...ks.map((k) => ({ title: `K = ${k}`, numeric: true })),
          { title: `gold-valid, K = ${ks.at(-1) ?? ''}`, numeric: true },
        ],
        rows: row.selectors.map((selector) => [
          selector.label,
          ...selector.at.map(({ all }) => withInterval(all)),
          withInterval(selector.at.at(-1)?.valid),
        ]),
      },
    ],
  };
}

function verifiers(score: ScoreDocument): Section {
  const judged = score.rows.flatMap((row) => row.verifiers.map((verifier) => ({ row, verifier })));
  const series = judged
    .filter(({ verifier }) => verifier.calibration.length > 1)
    .map(({ row, verifier }, index): Series => ({
      label: `${row.name}, ${verifier.verifier}`,
      colour: index,
      points: verifier.calibration.map((bin) => ({ x: bin.score, y: bin.right * 100 })),
    }));
  const ideal: Series = {
    label: 'perfect calibration',
    colour: 6,
    dashed: true,
    points: [
      { x: 0, y: 0 },
      { x: 1, y: 100 },
    ],
  };
  return {
    id: 'verifiers',
    title: 'Verifiers',
    blocks: [
      {
        type: 'table',
        caption:
          'Over attempts that have a patch. AUC within: inside re-rankable instances, which is what choosing lives on; 0.5 is chance.',
        columns: [
          { title: 'row' },
          { title: 'verifier' },
          { title: 'AUC', numeric: true },
          { title: 'AUC within', numeric: true },
          { title: 'Brier', numeric: true },
          { title: 'calibration error', numeric: true },
          { title: 'judged', numeric: true },
          { title: 'null', numeric: true },
          { title: 'not judged', numeric: true },
        ],
        rows: judged.map(({ row, verifier: one }) => [
          row.name,
          one.verifier,
          decimal(one.auc),
          decimal(one.auc_within),
          decimal(one.brier, 3),
          decimal(one.calibration_error, 3),
          String(one.judged),
          String(one.nulls),
          String(one.missing),
        ]),
      },
      ...(series.length === 0
        ? []
        : [
            {
              type: 'plot' as const,
              title: 'Calibration.',
              svg: linePlot([...series, ideal], {
                description: 'Share right by verifier score',
                xLabel: 'verifier score',
                yLabel: 'right',
                unit: ' %',
                yFrom: 0,
                yTo: 100,
              }),
              description: `Share of right attempts by score, in tenths; a score says a probability where the line is the diagonal. ${series[0]?.label ?? ''}: ${series[0]?.points.map(({ x, y }) => `${y.toFixed(0)} % right at ${x.toFixed(2)}`).join(', ') ?? ''}.`,
            },
          ]),
    ],
  };
}

function budgets(score: ScoreDocument): Section {
  const rows = score.rows.filter((row) => row.budgets.length > 0);
  const series = rows.map((row, index): Series => ({
    label: row.name,
    colour: index,
    points: row.budgets.map(({ budget, pass_at_1: one }) => ({
      x: budget,
      y: one.mean * 100,
      low: one.low * 100,
      high: one.high * 100,
    })),
  }));
  return {
    id: 'budgets',
    title: 'Turn budgets',
    blocks: [
      {
        type: 'text',
        text: 'The patch as it stood after so many turns. The prompt never names a limit, so one run reads out all of them.',
      },
      ...(series.some(({ points: own }) => own.length > 1)
        ? [
            {
              type: 'plot' as const,
              title: 'Pass@1 by turn budget.',
              svg: linePlot(series, {
                description: 'Pass@1 by turn budget',
                xLabel: 'turns',
                yLabel: 'resolved',
                unit: ' %',
                xTicks: score.settings.budgets,
                yFrom: 0,
              }),
              description: 'The same numbers are in the table.',
            },
          ]
        : []),
      {
        type: 'table',
        caption: 'Pass@1 at each budget, and mean turns taken up to it',
        columns: [
          { title: 'row' },
          { title: 'budget', numeric: true },
          { title: 'Pass@1', numeric: true },
          { title: 'turns taken', numeric: true },
          { title: 'tokens of the whole rollout', numeric: true },
        ],
        rows: rows.flatMap((row) =>
          row.budgets.map((one) => [
            row.name,
            String(one.budget),
            withInterval(one.pass_at_1),
            decimal(one.turns, 1),
            decimal(row.tokens, 0),
          ]),
        ),
      },
    ],
  };
}

function packages(score: ScoreDocument): Section {
  const repos = Object.keys(score.instances.by_repo);
  return {
    id: 'packages',
    title: 'By package',
    blocks: [
      {
        type: 'table',
        caption:
          'Pass@1 of each row. With so few packages a cluster bootstrap would mean nothing; ranges without one package stand with each number instead.',
        columns: [
          { title: 'package' },
          { title: 'instances', numeric: true },
          ...score.rows.map(({ name }) => ({ title: name, numeric: true })),
        ],
        rows: repos.map((repo) => [
          repo,
          String(score.instances.by_repo[repo] ?? 0),
          ...score.rows.map((row) => percent(row.by_repo[repo]?.pass_at_1)),
        ]),
      },
    ],
  };
}

function denominators(score: ScoreDocument): Section {
  const kinds = [...new Set(score.rows.flatMap(({ verdicts }) => Object.keys(verdicts)))].sort();
  return {
    id: 'denominators',
    title: 'Denominators',
    blocks: [
      {
        type: 'text',
        text: `Nothing is dropped: all ${score.instances.total} test instances are in every rate, and what is not valid, not graded, missing or empty is a failure. Instance set ${score.instances.digest.slice(0, 19)}.`,
      },
      {
        type: 'table',
        caption: 'Rollouts by what became of them (one on an instance that is not valid also has a verdict)',
        columns: [
          { title: 'row' },
          { title: 'rollouts', numeric: true },
          ...kinds.map((kind) => ({ title: kind.replaceAll('_', ' '), numeric: true })),
        ],
        rows: score.rows.map((row) => [
          row.name,
          String(row.rollouts),
          ...kinds.map((kind) => String(row.verdicts[kind] ?? 0)),
        ]),
      },
      {
        type: 'table',
        caption: 'Test instances by status, and why those that are not valid are not',
        columns: [{ title: 'status or reason' }, { title: 'instances', numeric: true }],
        rows: [...Object.entries(score.instances.by_status), ...Object.entries(score.instances.by_reason)].map(
          ([name, count]) => [name, String(count)],
        ),
      },
    ],
  };
}

function shortLabel(selector: Selector, k: number): string {
  return selector.kind === 'vote'
    ? `weighted vote@${k}, ${selector.verifier ?? ''}`
    : selector.label.replace('@K', `@${k}`);
}

function inPercent({ mean, low, high }: { mean: number; low: number; high: number }): {
  value: number;
  low: number;
  high: number;
} {
  return { value: mean * 100, low: low * 100, high: high * 100 };
}
