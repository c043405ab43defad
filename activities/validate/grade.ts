import { createHash } from 'node:crypto';
import { sha256 } from '../../recipe/canonical.js';
import { UserError } from '../../recipe/errors.js';
import type { Environment, Instance, Trajectory, Verdict } from '../../schemas/records.js';
import type { RepositoryPool } from '../agent/repository-pool.js';
import { defineActivity, type ActivityContext, type Json } from '../activity.js';
import { durationParam, milliseconds } from '../duration.js';
import { environmentOf, environmentsById } from './environments.js';
import { inRepositories } from './in-repositories.js';
import { gradePatch, patchSize, ungraded, type Grade } from './grade-patch.js';

interface Attempt {
  readonly instance: Instance;
  readonly patch: string;
}

interface Graded {
  readonly grade: Grade;
  /** Tested in a fresh process besides; and whether that said otherwise. */
  readonly rechecked: boolean;
  readonly disagreed: boolean;
}

/** A fresh process imports and collects before it tests. */
const FRESH_START = 20_000;

export default defineActivity({
  name: 'validate/grade',
  version: 1,
  summary: 'Grades every trajectory by the tests of its instance; equal patches are tested once.',
  queue: 'sandbox',
  inputs: {
    trajectories: { kind: 'trajectories' },
    instances: { kind: 'instances' },
    environments: { kind: 'environments', implied: true },
  },
  outputs: {
    verdicts: { kind: 'verdicts', description: 'One for each trajectory, at its end and at each turn budget.' },
  },
  scalars: [
    'trajectories',
    'graded',
    'resolved',
    'resolved_share',
    'infrastructure',
    'empty',
    'by_status',
    'patches',
    'rechecked',
    'recheck_disagreements',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      timeout: durationParam('30s', 'For the tests of one patch in a warm process; a fresh one has 20 s more.'),
      recheck: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.1,
        description: 'Share of the resolved warm verdicts that are tested again in a fresh process, chosen by hash.',
      },
    },
  },
  map: true,
  itemInputs: ['trajectories', 'instances'],

  async items(context) {
    const instances = await instancesById(context);
    const attempts = new Map<string, Attempt>();
    for await (const trajectory of context.inputs.records<Trajectory>('trajectories')) {
      const instance = instanceOf(instances, trajectory);
      // Without a test that shows the bug there is nothing to run: such an instance counts as failed.
      if (instance.FAIL_TO_PASS.length === 0) continue;
      for (const patch of [trajectory.patch, ...Object.values(trajectory.patches)]) {
        if (patch.trim() !== '') attempts.set(itemKey(instance.instance_id, patch), { instance, patch });
      }
    }
    return [...attempts].map(([key, attempt]) => ({
      key,
      value: attempt as unknown as Json,
      group: attempt.instance.repo,
    }));
  },

  async *process(items, context) {
    const environments = await environmentsById(context);
    yield* inRepositories(items, context, async ({ key, value, group = '' }, pool) => {
      const { instance, patch } = value as unknown as Attempt;
      const environment = environmentOf(environments, instance, 'validate/grade');
      return gradeAttempt(key, instance, patch, environment, group, pool, context);
    });
  },

  async assemble(results, context) {
    const instances = await instancesById(context);
    const graded = new Map(
      results.flatMap((result) => (result.ok ? [[result.key, result.record as unknown as Graded] as const] : [])),
    );
    const statuses: Record<string, number> = {};
    let trajectories = 0;
    let resolved = 0;
    async function* verdicts(): AsyncGenerator<Verdict> {
      for await (const trajectory of context.inputs.records<Trajectory>('trajectories')) {
        const verdict = verdictOf(trajectory, instanceOf(instances, trajectory), graded);
        trajectories += 1;
        if (verdict.resolved) resolved += 1;
        statuses[verdict.status] = (statuses[verdict.status] ?? 0) + 1;
        yield verdict;
      }
    }
    await context.outputs.write('verdicts', verdicts());
    const all = [...graded.values()];
    return {
      trajectories,
      graded: statuses['graded'] ?? 0,
      resolved,
      resolved_share: trajectories === 0 ? 0 : resolved / trajectories,
      infrastructure: statuses['infrastructure'] ?? 0,
      empty: statuses['empty_patch'] ?? 0,
      by_status: statuses,
      patches: results.length,
      rechecked: all.filter(({ rechecked }) => rechecked).length,
      recheck_disagreements: all.filter(({ disagreed }) => disagreed).length,
    };
  },
});

async function gradeAttempt(
  key: string,
  instance: Instance,
  patch: string,
  environment: Environment,
  group: string,
  pool: RepositoryPool,
  context: ActivityContext,
): Promise<Graded> {
  const repository = await pool.open(group, environment);
  const grade = (isolation: 'warm' | 'process'): Promise<Grade> =>
    gradePatch(instance, patch, repository, {
      isolation,
      timeout: milliseconds(context.params['timeout']) + (isolation === 'process' ? FRESH_START : 0),
      signal: context.signal,
    });
  const isolation = instance.isolation ?? 'warm';
  const first = await grade(isolation);
  if (isolation === 'process' || !first.resolved || hashShare(key) >= Number(context.params['recheck'])) {
    return { grade: first, rechecked: false, disagreed: false };
  }
  const second = await grade('process');
  // The fresh process is right: that is what a user's own test run would be.
  return { grade: second, rechecked: true, disagreed: second.resolved !== first.resolved };
}

function verdictOf(trajectory: Trajectory, instance: Instance, graded: ReadonlyMap<string, Graded>): Verdict {
  const gradeFor = (patch: string): Grade => {
    if (patch.trim() === '') return ungraded(instance, 'empty_patch');
    return graded.get(itemKey(instance.instance_id, patch))?.grade ?? ungraded(instance, 'infrastructure');
  };
  const budgets = Object.entries(trajectory.patches).map(
    ([budget, patch]) => [budget, gradeFor(patch).resolved] as const,
  );
  return {
    trajectory_id: trajectory.trajectory_id,
    instance_id: trajectory.instance_id,
    repo: trajectory.repo,
    row: trajectory.row,
    sample: trajectory.sample,
    patch_digest: sha256(trajectory.patch),
    patch_size: patchSize(trajectory.patch),
    ...gradeFor(trajectory.patch),
    turns: trajectory.turns,
    tokens: trajectory.tokens,
    valid_call: trajectory.valid_call,
    ...(trajectory.logprob === undefined ? {} : { logprob: trajectory.logprob }),
    ...(budgets.length === 0 ? {} : { budgets: Object.fromEntries(budgets) }),
  };
}

function itemKey(instance: string, patch: string): string {
  return `${instance}#${sha256(patch).slice(7, 23)}`;
}

/** Evenly spread over [0, 1), the same for the same key. */
function hashShare(key: string): number {
  return createHash('sha256').update(`recheck ${key}`).digest().readUInt32BE() / 2 ** 32;
}

async function instancesById(context: ActivityContext): Promise<ReadonlyMap<string, Instance>> {
  return new Map((await context.inputs.all<Instance>('instances')).map((instance) => [instance.instance_id, instance]));
}

function instanceOf(instances: ReadonlyMap<string, Instance>, trajectory: Trajectory): Instance {
  const instance = instances.get(trajectory.instance_id);
  if (instance === undefined) {
    throw new UserError(
      'instance-missing',
      `validate/grade: trajectory ${trajectory.trajectory_id} is of instance ${trajectory.instance_id}, which input 'instances' does not have. Give the instances that it was rolled out on.`,
      { trajectory: trajectory.trajectory_id, instance: trajectory.instance_id },
    );
  }
  return instance;
}
