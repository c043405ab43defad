import pLimit from 'p-limit';
import type { Activity } from '../../activities/activity.js';
import type { Store } from '../../artifacts/open.js';
import type { StageResult } from '../../artifacts/stage-cache.js';
import { isUserError } from '../../recipe/errors.js';
import { type Difference, differencesOf, explainKeys } from '../../recipe/explain/explain.js';
import { evaluateExpect } from '../../recipe/expressions/expect.js';
import type { KeyDocument } from '../../recipe/key.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';
import { type DurationEstimate, estimateDurations } from './durations.js';
import { KnownResults, MANY } from '../advance/known-results.js';
import { type PastNode, pastRuns } from './past-runs.js';
import type { Registry } from '../modules/registry.js';
import { needsOf, resolveNode, type Upstream } from '../orders/resolve.js';

/** What a run would do with a stage now. */
export interface StagePreview {
  readonly node: number;
  readonly id: string;
  readonly state: 'cached' | 'to run' | 'waiting' | 'unknown';
  /** Known where all that it reads is there. */
  readonly key?: string;
  /** Stages that it waits for: they have to run first, and may give what they gave before. */
  readonly on: readonly string[];
  /** Of a cached one: the run that did the work. */
  readonly made?: { readonly run?: string; readonly endedAt?: string };
  /** It is cached, and a run would stop there all the same. */
  readonly hold?: 'expect' | 'approve';
  /** Against the newest run that had this stage; absent: none had it. */
  readonly against?: string;
  /** What changed since; of a waiting stage its own part only, since what it reads is not known yet. */
  readonly differences?: readonly Difference[];
  /** Absent: nothing like it was timed. */
  readonly estimate?: DurationEstimate;
  /** Why nothing can be said. */
  readonly note?: string;
}

/** What a run would do with all of them. */
export interface PlanPreview {
  readonly stages: readonly StagePreview[];
  /** The newest run of the same recipe and profile, and the params that have changed since; read only where something is to do. */
  readonly since?: { readonly run: string; readonly params: readonly Difference[] };
}

/** Look-ups at once. */
const WIDTH = 32;
/** Stages that are compared with earlier ones; the reasons of more than these nobody reads. */
const MOST_COMPARED = 1_000;

export interface PreviewOptions {
  readonly store: Store;
  readonly registry: Registry;
  /** Digest of what an activity's work runs in here; null for those that run on the worker itself. */
  readonly environment: (activity: Activity, node: PlanNode) => Promise<string | null>;
  /** Milliseconds after which the rest is left unknown. */
  readonly within?: number;
}

/** Walks a plan through the store as a run would, and changes nothing there. */
export async function previewPlan(
  plan: Plan,
  { store, registry, environment, within = Infinity }: PreviewOptions,
): Promise<PlanPreview> {
  const until = Date.now() + within;
  const many = plan.nodes.length >= MANY;
  const known = many ? await KnownResults.read(store, plan.name, plan.nodes.length) : undefined;
  const limit = pLimit(WIDTH);
  const upstream = new Map<number, Upstream>();
  const documents = new Map<number, Partial<KeyDocument>>();
  const previews: StagePreview[] = [];
  // Nodes stand after those that they need.
  const looks: Promise<void>[] = [];
  for (const [number, node] of plan.nodes.entries()) {
    const needs = needsOf(node);
    looks[number] = Promise.all(needs.map(async (need) => looks[need])).then(async () => {
      const open = needs.filter((need) => !upstream.has(need));
      previews[number] = open.length > 0 ? waiting(number, node, open) : await limit(() => look(number, node));
    });
  }
  await Promise.all(looks);
  return withPast();

  function waiting(number: number, node: PlanNode, open: readonly number[]): StagePreview {
    const { activity, version, code, with: values } = node;
    documents.set(number, { mortar: 1, activity, version, code, with: values });
    // What nobody could look at may be cached, and so may all that stands on it.
    const unknown = open.every((need) => previews[need]?.state === 'unknown');
    return {
      node: number,
      id: node.id,
      state: unknown ? 'unknown' : 'waiting',
      on: open.map((need) => plan.nodes[need]?.id ?? String(need)),
    };
  }

  async function look(number: number, node: PlanNode): Promise<StagePreview> {
    const base = { node: number, id: node.id, on: [] };
    if (Date.now() > until) return { ...base, state: 'unknown', note: `not looked up within ${within / 1000} s` };
    try {
      const activity = await registry.find(node);
      const given = (need: number): Upstream => upstream.get(need) ?? { state: 'skipped' };
      const resolution = resolveNode(node, activity, given, await environment(activity, node));
      if (resolution.skipped) {
        upstream.set(number, { state: 'skipped' });
        return { ...base, state: 'unknown', note: 'skipped with what it needs' };
      }
      const { key, document } = resolution.order;
      const recorded = known?.believed(key);
      const asked = recorded ?? ((await known?.isMissing(key)) ? undefined : await store.stages.peek(key));
      if (asked === undefined) {
        documents.set(number, document);
        return { ...base, state: 'to run', key };
      }
      const hold = holdOf(node, asked);
      if (hold === undefined) upstream.set(number, { state: 'finished', outputs: asked.outputs });
      const made = 'provenance' in asked ? madeBy(asked) : asked.made;
      return { ...base, state: 'cached', key, ...(made ? { made } : {}), ...(hold ? { hold } : {}) };
    } catch (error) {
      if (isUserError(error)) return { ...base, state: 'unknown', note: error.message };
      throw error;
    }
  }

  /** Adds what earlier runs say; where everything is cached none has to be read. */
  async function withPast(): Promise<PlanPreview> {
    const open = plan.nodes.filter((_, number) => previews[number]?.state !== 'cached');
    if (open.length === 0) return { stages: previews };
    const runs = await pastRuns(store, { name: plan.name });
    const estimates = await estimateDurations(open, plan, runs);
    const compared = new Map<number, Pick<StagePreview, 'against' | 'differences'>>();
    await Promise.all(
      [...documents].slice(0, MOST_COMPARED).map(([number, document]) =>
        limit(async () => {
          const node = plan.nodes[number];
          const past = node && (await nearest(node));
          if (past?.before)
            compared.set(number, { against: past.run, differences: ownDifferences(past.before, document) });
        }),
      ),
    );
    const stages = previews.map((preview, number) => {
      const node = plan.nodes[number];
      const estimate = node && estimates.get(node);
      return { ...preview, ...compared.get(number), ...(estimate ? { estimate } : {}) };
    });
    const last = runs.find(({ record }) => record.name === plan.name && record.profile === plan.profile);
    const before = await last?.plan();
    return {
      stages,
      ...(last && before ? { since: { run: last.id, params: differencesOf(before.params, plan.params) } } : {}),
    };

    async function nearest(node: PlanNode): Promise<{ run: string; before: KeyDocument | undefined } | undefined> {
      for (const run of runs) {
        const found: PastNode | undefined = await run.find([node.id, ...node.aliases]);
        const key = found?.record.key;
        // An address of another recipe means the same stage only where it does the same.
        if (key === undefined || (run.record.name !== plan.name && found?.node.activity !== node.activity)) continue;
        const before = await store.stages.keyDocument(key);
        if (before) return { run: run.id, before };
      }
      return undefined;
    }
  }
}

/** Fields of which the new document says nothing (inputs that are not made yet) are no difference. */
function ownDifferences(before: KeyDocument, document: Partial<KeyDocument>): Difference[] {
  return explainKeys(before, { ...before, ...document });
}

function holdOf({ expect, approve }: PlanNode, { scalars }: Pick<StageResult, 'scalars'>): StagePreview['hold'] {
  if (expect !== undefined && !evaluateExpect(expect, scalars)) return 'expect';
  return approve ? 'approve' : undefined;
}

function madeBy({ provenance }: StageResult): NonNullable<StagePreview['made']> {
  const { run, endedAt } = provenance;
  return {
    ...(typeof run === 'string' ? { run } : {}),
    ...(typeof endedAt === 'string' ? { endedAt } : {}),
  };
}
