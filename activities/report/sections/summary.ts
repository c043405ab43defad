import type { Section } from '../document/blocks.js';
import { percent, points, withInterval } from '../document/numbers.js';
import type { ScoreDocument, ScoreRow } from '../score-document.js';
import type { ReportFacts } from './facts.js';

/** One screen: what was measured, what came out, and how sure it is. */
export function summarySection(score: ScoreDocument, facts: ReportFacts): Section {
  const main = mainRow(score);
  const widest = Math.max(1, ...(main?.selectors.flatMap(({ at }) => at.map(({ k }) => k)) ?? []));
  const pick = (kind: string) => main?.selectors.filter((one) => one.kind === kind) ?? [];
  const at = (selector: ScoreRow['selectors'][number]) => selector.at.find(({ k }) => k === widest)?.all;
  const figures = [
    ...score.rows.map((row) => ({
      label: `${row.name}, Pass@1`,
      value: `${percent(row.pass_at_1.mean)} %`,
      detail: `[${percent(row.pass_at_1.low)}, ${percent(row.pass_at_1.high)}], ${row.samples} rollout${row.samples === 1 ? '' : 's'} each`,
    })),
    ...[...pick('verifier'), ...pick('vote'), ...pick('oracle')].map((selector) => ({
      label: `${main?.name ?? ''}, ${selector.label.replace('@K', `@${widest}`)}`,
      value: `${percent(at(selector)?.mean)} %`,
      detail: `[${percent(at(selector)?.low)}, ${percent(at(selector)?.high)}]`,
    })),
  ];
  const order = [
    ...score.rows.map((row) => ({ name: `${row.name} Pass@1`, value: row.pass_at_1.mean })),
    ...[...pick('verifier'), ...pick('oracle')].map((selector) => ({
      name: `${main?.name ?? ''} ${selector.kind === 'oracle' ? `Pass@${widest} (oracle)` : `Best@${widest} (${selector.verifier ?? ''})`}`,
      value: at(selector)?.mean ?? NaN,
    })),
  ]
    .sort((a, b) => a.value - b.value)
    .map(({ name, value }) => `${name} ${percent(value)}`);
  const words = (word: string) => score.comparisons.filter(({ wording }) => wording === word);
  return {
    id: 'summary',
    title: `Summary${facts.profile === null ? '' : `, profile ${facts.profile}`}`,
    blocks: [
      {
        type: 'text',
        text: `${score.instances.total} test instances from ${Object.keys(score.instances.by_repo).length} packages; ${score.instances.valid} of them have a gold patch that validated. Rates are in per cent of all ${score.instances.total}, with ${Math.round(score.settings.interval * 100)} % intervals from ${score.settings.resamples} bootstrap resamples over instances.`,
      },
      { type: 'figures', figures },
      {
        type: 'text',
        text: `The order that came out: ${order.join(' < ')}. An order of means is not evidence; the differences are:`,
      },
      {
        type: 'list',
        items: [
          ...words('supported').map(
            (one) => `Supported: ${one.label}, ${points(one.difference.mean)} points (${pointRange(one.difference)}).`,
          ),
          ...words('contradicted').map(
            (one) =>
              `Contradicted: ${one.label}, ${points(one.difference.mean)} points (${pointRange(one.difference)}).`,
          ),
          ...words('not resolved').map(
            (one) =>
              `Not resolved: ${one.label}, ${points(one.difference.mean)} points; the smallest difference that this size shows is ${percent(one.detectable)}.`,
          ),
          ...(score.comparisons.length === 0 ? ['No pairs were compared.'] : []),
        ],
      },
      ...verifierVerdict(score, main),
      { type: 'text', tone: facts.scripted ? 'warning' : 'note', text: facts.teacherSentence },
    ],
  };
}

/** The row that selection is reported of: the last with a verifier, else the one with the most samples. */
export function mainRow(score: ScoreDocument): ScoreRow | undefined {
  const judged = score.rows.filter(({ verifiers, selectors }) => verifiers.length > 0 && selectors.length > 0);
  return (
    judged.find(({ name }) => name === 'sft') ??
    judged.at(-1) ??
    [...score.rows].sort((a, b) => b.samples - a.samples)[0]
  );
}

export function pointRange({ low, high }: { low: number; high: number }): string {
  return `${points(low)} to ${points(high)}`;
}

/** Test-time scaling has to beat more than one random draw. */
function verifierVerdict(score: ScoreDocument, main: ScoreRow | undefined): Section['blocks'] {
  if (main === undefined || main.verifiers.length === 0) return [];
  const rivals = score.comparisons.filter(
    ({ label }) => label.startsWith(`${main.name}: Best@`) && /greedy|majority/.test(label),
  );
  const lost = rivals.filter(({ wording }) => wording !== 'supported');
  if (lost.length === 0) return [];
  return [
    {
      type: 'text',
      tone: 'warning',
      text: `What re-ranking did not show: ${lost.map(({ label, difference, wording }) => `${label} is ${wording} (${points(difference.mean)})`).join('; ')}. Pass@1 of ${main.name} is ${withInterval(main.pass_at_1)}.`,
    },
  ];
}
