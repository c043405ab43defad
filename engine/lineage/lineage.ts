import type { ScoreDocument } from '../../activities/report/score-document.js';
import type { Store } from '../../artifacts/open.js';
import { UserError } from '../../recipe/errors.js';
import { didYouMean, listed, suggest } from '../../recipe/suggest.js';
import type { Checkout, Instance, Judgement, Trajectory, Verdict } from '../../schemas/records.js';
import { RecordIndexes, type RecordPlace } from './record-indexes.js';
import type { RecordedRun } from './recorded-run.js';
import { artifactsAbove, type ArtifactPlace } from './artifacts-above.js';

/** A number of the report, and which attempts it is made of. */
export interface MetricLineage {
  readonly kind: 'metric';
  /** Stage that made the score, and the score's digest. */
  readonly score: string;
  readonly artifact: string;
  readonly metric: string;
  /** Mean over the instances, as a share. */
  readonly value: number;
  readonly row: string;
}

/** One attempt at an instance, with each record behind it, the nearest first: verdict, trajectory, instance, checkout, row of data. */
export interface AttemptLineage {
  readonly kind: 'attempt';
  readonly score: string;
  readonly row: string;
  readonly instance_id: string;
  readonly sample: number;
  readonly status: Verdict['status'];
  readonly resolved: boolean;
  /** Digest of the weights that made it, or what else it was. */
  readonly model?: string;
  /** Of the repository's source. */
  readonly commit?: string;
  readonly records: readonly RecordPlace[];
}

export type Lineage = MetricLineage | AttemptLineage;

export interface LineageRequest {
  /** Of the score: `sft.pass_at_1`; or what a comparison is called. Absent: all. */
  readonly metric?: string;
  readonly instance?: string;
}

/**
 * From each number of a run's scores down to the rows of data behind it; what the report says is nowhere else.
 * @throws UserError `no-score`, `unknown-metric`, `unknown-instance`
 */
export async function* lineageOf(store: Store, run: RecordedRun, request: LineageRequest = {}): AsyncIterable<Lineage> {
  const scores = [...run.nodes.values()]
    .sort((left, right) => left.node - right.node)
    .filter(({ outputs }) => outputs?.['score']?.kind === 'score');
  if (scores.length === 0)
    throw new UserError(
      'no-score',
      `Run ${run.record.id} has no score yet: no stage with report/score is finished. Look with: mortar status ${run.record.id}`,
    );
  const indexes = new RecordIndexes(store, run);
  const metrics = new Set<string>();
  let found = false;
  for (const { node, id, outputs } of scores) {
    const artifact = outputs?.['score']?.digest ?? '';
    for await (const document of store.artifacts.records<ScoreDocument>(artifact)) {
      const chosen = metricsOf(document, request.metric);
      for (const metric of [...Object.keys(document.values), ...document.comparisons.map(({ label }) => label)])
        metrics.add(metric);
      if (chosen.length === 0) continue;
      if (request.instance !== undefined) requireInstance(document, request.instance);
      found = true;
      for (const [metric, row] of chosen) {
        const values = document.values[metric] ?? [];
        const value = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
        yield { kind: 'metric', score: id, artifact, metric, value, row };
      }
      const rows = new Set(chosen.map(([, row]) => row));
      yield* attemptsOf(run, indexes, node, id, (row, instance) => {
        return rows.has(row) && (request.instance === undefined || request.instance === instance);
      });
    }
  }
  if (!found)
    throw new UserError(
      'unknown-metric',
      `Run ${run.record.id} has no number '${request.metric}'${didYouMean(suggest(request.metric ?? '', [...metrics]))} It has ${listed([...metrics].slice(0, 40))}.`,
    );
}

/** Metrics with their rows. */
function metricsOf(document: ScoreDocument, asked: string | undefined): [metric: string, row: string][] {
  const comparison = document.comparisons.find(({ label }) => label === asked);
  const wanted =
    asked === undefined ? Object.keys(document.values) : comparison ? [comparison.left, comparison.right] : [asked];
  return wanted.flatMap((metric): [string, string][] => {
    if (document.values[metric] === undefined) return [];
    // Names of rows may hold dots; the longest that fits is the row.
    const [row = ''] = document.rows
      .map(({ name }) => name)
      .filter((name) => metric.startsWith(`${name}.`))
      .sort((left, right) => right.length - left.length);
    return [[metric, row]];
  });
}

function requireInstance({ ids }: ScoreDocument, instance: string): void {
  if (ids.includes(instance)) return;
  throw new UserError('unknown-instance', `There is no instance '${instance}'${didYouMean(suggest(instance, ids))}`);
}

async function* attemptsOf(
  run: RecordedRun,
  indexes: RecordIndexes,
  score: number,
  stage: string,
  wanted: (row: string, instance: string) => boolean,
): AsyncIterable<AttemptLineage> {
  const above = artifactsAbove(run, [score]);
  const direct = run.plan.nodes[score]?.inputs ?? {};
  const judged = sourcesOf(direct['scores'], above);
  for (const { place, key } of sourcesOf(direct['verdicts'], above)) {
    const behind = artifactsAbove(run, [place.node]);
    for await (const [line, verdict] of indexes.lines<Verdict>(place)) {
      const row = rowName(key || verdict.row);
      if (!wanted(row, verdict.instance_id)) continue;
      const records: RecordPlace[] = [{ ...placeOf(place), line, id: verdict.trajectory_id }];
      for (const source of judged) {
        const attempt = `${row}\n${verdict.instance_id}\n${verdict.sample}`;
        const judgement = await indexes.find<Judgement>(source.place, attempt, attemptKey);
        if (judgement) records.push(judgement.at);
      }
      let model: string | undefined;
      for (const place of behind.filter(({ kind }) => kind === 'trajectories')) {
        const trajectory = await indexes.find<Trajectory>(place, verdict.trajectory_id, (one) => one.trajectory_id);
        if (!trajectory) continue;
        records.push(trajectory.at);
        model ??= trajectory.record['model'] as string;
      }
      const { places, commit } = await behindInstance(indexes, [...above, ...behind], verdict.instance_id);
      yield {
        kind: 'attempt',
        score: stage,
        row,
        instance_id: verdict.instance_id,
        sample: verdict.sample,
        status: verdict.status,
        resolved: verdict.resolved,
        ...(model === undefined ? {} : { model }),
        ...(commit === undefined ? {} : { commit }),
        records: [...records, ...places],
      };
    }
  }
}

/** The instance in each of its states, its environment, its checkout, and the row of the list that names the repository. */
async function behindInstance(
  indexes: RecordIndexes,
  above: readonly ArtifactPlace[],
  id: string,
): Promise<{ places: RecordPlace[]; commit?: string }> {
  const places: RecordPlace[] = [];
  const each = unique(above);
  let environment: unknown;
  let source: string | undefined;
  for (const place of each.filter(({ kind }) => kind === 'instances')) {
    const instance = await indexes.find<Instance>(place, id, (one) => one.instance_id);
    if (!instance) continue;
    places.push(instance.at);
    environment ??= instance.record['environment_id'];
    source ??= `${String(instance.record['repo'])}@${String(instance.record['version'])}`;
  }
  for (const place of each.filter(({ kind }) => kind === 'environments')) {
    const found = await indexes.find<{ environment_id: string }>(
      place,
      String(environment),
      (one) => one.environment_id,
    );
    if (found) places.push(found.at);
  }
  let commit: string | undefined;
  for (const place of each.filter(({ kind }) => kind === 'checkouts')) {
    const found = source === undefined ? undefined : await indexes.find<Checkout>(place, source, sourceKey);
    if (!found) continue;
    places.push(found.at);
    commit ??= found.record['commit'] as string;
    const row = await indexes.rowOfFile(place.node, source ?? '', sourceKey);
    if (row) places.push(row);
  }
  return { places, ...(commit === undefined ? {} : { commit }) };
}

function sourcesOf(
  inputs: RecordedRun['plan']['nodes'][number]['inputs'][string] | undefined,
  above: readonly ArtifactPlace[],
): { place: ArtifactPlace; key: string }[] {
  return (inputs ?? []).flatMap((input) => {
    if (input.from !== 'node') return [];
    const place = above.find(({ node, output }) => node === input.node && output === input.output);
    return place ? [{ place, key: input.key }] : [];
  });
}

function unique(places: readonly ArtifactPlace[]): ArtifactPlace[] {
  return [...new Map(places.map((place) => [place.artifact, place])).values()];
}

function placeOf({ node: _node, ...place }: ArtifactPlace): Omit<RecordPlace, 'line' | 'id'> {
  return place;
}

/** As report/score calls rows. */
function rowName(key: string): string {
  return key === '' ? 'policy' : key;
}

function attemptKey({ row, instance_id, sample }: Judgement): string {
  return `${rowName(row)}\n${instance_id}\n${sample}`;
}

function sourceKey({ repo, version }: Pick<Checkout, 'repo' | 'version'>): string {
  return `${repo}@${version}`;
}
