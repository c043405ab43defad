import { describe, expect, test } from 'vitest';
import { buildReport } from '../../activities/report/build-report.js';
import { buildScore } from '../../activities/report/build-score.js';
import { compareCells } from '../../activities/report/compare-cells.js';
import { axesOfKey } from '../../activities/report/compare.js';
import { ticks } from '../../activities/report/plots/scale.js';
import { readFacts } from '../../activities/report/sections/facts.js';
import { readNote } from '../../activities/report/sections/notes.js';
import type { ScoreDocument } from '../../activities/report/score-document.js';
import { INSTANCE } from '../agent/memory-workspace.js';

const settings = { k: [1, 2], budgets: [], interval: 0.95, cluster: 'repository', pairs: [], resamples: 200, seed: 1 };
const instances = Array.from({ length: 6 }, (_, index) => ({
  ...INSTANCE,
  instance_id: `i${index}`,
  repo: index < 3 ? '<a>' : 'b',
}));

async function scoreOf(right: (index: number, sample: number) => boolean): Promise<ScoreDocument> {
  const verdicts = instances.flatMap(({ instance_id, repo }, index) =>
    [0, 1].map((sample) => ({
      row: 'sft',
      verdict: {
        trajectory_id: '',
        instance_id,
        repo,
        row: '',
        sample,
        patch_digest: 'd',
        patch_size: 1,
        status: 'graded' as const,
        resolved: right(index, sample),
        FAIL_TO_PASS: { success: [], failure: [] },
        PASS_TO_PASS: { success: [], failure: [] },
        turns: 1,
        tokens: 1,
        valid_call: true,
      },
    })),
  );
  return buildScore({ instances, verdicts, judgements: [], settings });
}

async function* of(records: readonly unknown[]): AsyncGenerator<unknown> {
  yield* records;
}

describe('report', async () => {
  const notes = [
    await readNote(
      { key: '', kind: 'trajectories', digest: '' },
      of([
        {
          model: 'scripted:explore-then-edit',
          class: 'resolved',
          messages: [{ role: 'assistant', turn_mask: true }, { role: 'assistant' }],
        },
      ]),
    ),
    await readNote(
      { key: 'easy', kind: 'metrics', digest: '' },
      of([
        {
          command: 'sft',
          trained: 40,
          log: [
            { step: 1, loss: 3 },
            { step: 2, loss: 2 },
          ],
        },
      ]),
    ),
    await readNote({ key: 'selected', kind: 'counts', digest: '' }, of([{ reason: 'where', count: 4 }])),
  ];
  const facts = readFacts(
    { profile: 'tiny', targets: 'paper', origins: { k: { from: 'default', origin: 'paper' } }, params: { k: [1] } },
    notes,
  );
  const report = buildReport({
    title: 'a & b',
    score: await scoreOf((index) => index < 2),
    comparison: null,
    facts,
    notes,
  });

  test('asks for nothing from outside, and escapes what it is given', () => {
    expect(report.html).not.toMatch(/<script|<link|src=|url\(|https?:/);
    expect(report.html).toContain('a &amp; b');
    expect(report.html).toContain('&lt;a&gt;');
    expect(report.html).not.toContain('<a>');
  });
  test('says that the teacher is scripted, in all forms', () => {
    for (const text of [report.html, report.markdown])
      expect(text).toContain('The teacher is scripted (explore-then-edit)');
    expect(JSON.parse(report.json)).toMatchObject({ facts: { scripted: true, origins: { k: 'paper, default' } } });
  });
  test('shows rejections, masks and the loss', () => {
    expect(report.markdown).toContain('| where | 4 |');
    expect(report.markdown).toContain('| assistant turns | masked | 1 |');
    expect(report.markdown).toContain('loss from 3.00 to 2.00');
    expect(report.markdown).toContain('| trained | 40 |');
  });
  test("the paper's numbers are no target of another profile", () => {
    expect(report.markdown).toContain('there is no target to compare with');
    expect(report.markdown).not.toContain('42.2');
  });
});

describe('comparison of cells', async () => {
  const low = await scoreOf((index, sample) => index < 1 && sample === 0);
  const high = await scoreOf((index) => index < 5);
  const base = {
    metrics: ['score.sft.pass_at_1'],
    baseline: { masking: 'none' },
    average: ['seed'],
    correction: 'holm' as const,
    targets: [],
    resamples: 500,
    seed: 1,
    interval: 0.95,
  };
  const cells = [
    { axes: { masking: 'none', seed: '1' }, score: low },
    { axes: { masking: 'none', seed: '2' }, score: low },
    { axes: { masking: 'invocation', seed: '1' }, score: high },
    { axes: { masking: 'invocation', seed: '2' }, score: low },
  ];
  test('averages over seeds, with their spread, and compares with the baseline', () => {
    const { cells: compared } = compareCells(cells, base);
    expect(
      compared.map(({ name, runs, mean, spread }) => ({
        name,
        runs,
        mean: mean.toFixed(3),
        spread: spread?.toFixed(3),
      })),
    ).toEqual([
      { name: 'masking=none', runs: 2, mean: '0.083', spread: '0.000' },
      { name: 'masking=invocation', runs: 2, mean: '0.458', spread: '0.530' },
    ]);
    expect(compared[0]?.difference).toBeNull();
    expect(compared[1]?.difference?.mean).toBeCloseTo(0.375);
  });
  test('an axis that the baseline leaves out has a baseline for each value', () => {
    const { cells: compared } = compareCells(cells, { ...base, average: [] });
    expect(compared.map(({ difference }) => difference?.mean.toFixed(2) ?? null)).toEqual([null, null, '0.75', '0.00']);
  });
  test('other instances cannot be compared', () => {
    const other = { ...low, instances: { ...low.instances, digest: 'sha256:other' } };
    expect(() => compareCells([...cells, { axes: { masking: 'x' }, score: other }], base)).toThrow(
      /was scored on other instances/,
    );
    expect(() => compareCells(cells, { ...base, metrics: ['score.sft.best_at_9'] })).toThrow(
      /has no metric 'score.sft.best_at_9'/,
    );
  });
  test('several metrics are an axis: readouts of the same runs, paired by construction', () => {
    const metrics = ['score.sft.pass_at_1', 'score.sft.majority_at_2'];
    const { cells: compared } = compareCells(
      cells.slice(0, 2).map(({ score }, seed) => ({ axes: { seed: String(seed) }, score })),
      { ...base, metrics, baseline: { metric: metrics[0] ?? '' } },
    );
    expect(compared.map(({ name, runs }) => `${name} ${runs}`)).toEqual(metrics.map((metric) => `metric=${metric} 2`));
    expect(compared[0]?.difference).toBeNull();
    const mean = (name: string): number =>
      (low.values[name] ?? []).reduce((sum, value) => sum + value, 0) / low.ids.length;
    expect(compared[1]?.difference?.mean).toBeCloseTo(mean('sft.majority_at_2') - mean('sft.pass_at_1'));
  });
  test('is a report of its own: findings, a plot, the table, the published value and its profile', () => {
    const targets = [
      { axes: { masking: 'invocation' }, delta: 3.8, source: 'Fig. 1b', trust: 'primary', profile: 'qwen3-32b' },
    ];
    const comparison = compareCells(cells, { ...base, targets });
    const facts = readFacts({ teacher: 'scripted:explore-then-edit' }, []);
    const { html, markdown } = buildReport({ title: 'Masking', score: null, comparison, facts, notes: [] });
    expect(html).toContain('<svg');
    expect(markdown).toContain('over the baseline, +37.5');
    expect(markdown).toContain('+3.8 (Fig. 1b; primary, for qwen3-32b)');
    expect(markdown).toContain('The teacher is scripted');
    expect(markdown).toContain('2 trainings a cell');
  });
  test('reads axes from a key', () => {
    expect(axesOfKey('masking=none, seed.train=17')).toEqual({ masking: 'none', 'seed.train': '17' });
  });
});

test('ticks are round and inside', () => {
  expect(ticks(0, 71)).toEqual([0, 20, 40, 60]);
  expect(ticks(0.2, 1)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
});
