import { UserError } from '../../recipe/errors.js';
import type { Instance, Trajectory, Verdict } from '../../schemas/records.js';
import { defineActivity, type ActivityContext } from '../activity.js';
import { parsePatch } from '../agent/patch.js';
import { failureClass } from './failure-classes.js';
import { leaks } from './leak.js';
import { loops } from './loop.js';

type Rule = 'same-files' | 'covers-files' | 'none';

export default defineActivity({
  name: 'data/label',
  version: 1,
  summary: 'Says of each trajectory how it fared: class, failure class, loop, leak.',
  queue: 'cpu',
  quick: true,
  inputs: {
    trajectories: { kind: 'trajectories' },
    verdicts: { kind: 'verdicts' },
    instances: { kind: 'instances' },
  },
  outputs: { trajectories: { kind: 'trajectories' } },
  scalars: [
    'trajectories',
    'resolved',
    'semi_resolved',
    'unresolved',
    'resolved_share',
    'loops',
    'leaks',
    'failure_classes',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      semi_resolved: {
        enum: ['same-files', 'covers-files', 'none'],
        default: 'same-files',
        description:
          "When a patch that fails its tests is semi-resolved: its files equal gold's, cover gold's, or never.",
      },
    },
  },

  async run(context) {
    const rule = (context.params['semi_resolved'] ?? 'same-files') as Rule;
    const instances = new Map((await context.inputs.all<Instance>('instances')).map((one) => [one.instance_id, one]));
    const verdicts = await verdictsByTrajectory(context);
    const counts: Record<string, number> = { resolved: 0, semi_resolved: 0, unresolved: 0, loops: 0, leaks: 0 };
    const failures: Record<string, number> = {};
    const add = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);

    async function* labelled(): AsyncGenerator<Trajectory> {
      for (const source of context.inputs.sources('trajectories')) {
        for await (const trajectory of context.inputs.recordsOf<Trajectory>(source)) {
          const verdict = verdicts(source.key, trajectory.trajectory_id);
          const instance = instances.get(trajectory.instance_id);
          if (verdict === undefined || instance === undefined) {
            throw new UserError(
              'label-join',
              `data/label: trajectory ${trajectory.trajectory_id} has no ${verdict === undefined ? "verdict in 'verdicts'" : "instance in 'instances'"}. Give the verdicts and instances of the same rollout.`,
              { trajectory: trajectory.trajectory_id },
            );
          }
          const result = label(trajectory, verdict, instance, rule);
          add(result.class ?? 'unresolved');
          if (result.loop === true) add('loops');
          if (result.leak === true) add('leaks');
          if (result.failure_class !== undefined) {
            failures[result.failure_class] = (failures[result.failure_class] ?? 0) + 1;
          }
          yield result;
        }
      }
    }
    await context.outputs.write('trajectories', labelled());
    const total = (counts['resolved'] ?? 0) + (counts['semi_resolved'] ?? 0) + (counts['unresolved'] ?? 0);
    return {
      trajectories: total,
      ...counts,
      resolved_share: total === 0 ? 0 : (counts['resolved'] ?? 0) / total,
      failure_classes: failures,
    };
  },
});

/** A resolved trajectory has no failure class; an instance that is not valid resolves nothing. */
export function label(trajectory: Trajectory, verdict: Verdict, instance: Instance, rule: Rule): Trajectory {
  const { class: _class, failure_class: _failure, ...rest } = trajectory;
  const name = verdict.resolved
    ? 'resolved'
    : semiResolved(trajectory.patch, instance.patch, rule)
      ? 'semi_resolved'
      : 'unresolved';
  return {
    ...rest,
    class: name,
    ...(name === 'resolved' ? {} : { failure_class: failureClass(trajectory, instance) }),
    loop: loops(trajectory),
    leak: leaks(trajectory),
  };
}

function semiResolved(patch: string, gold: string, rule: Rule): boolean {
  if (rule === 'none' || patch === '') return false;
  const touched = new Set(parsePatch(patch).map(({ file }) => file));
  const right = new Set(parsePatch(gold).map(({ file }) => file));
  const covers = [...right].every((file) => touched.has(file));
  switch (rule) {
    case 'covers-files':
      return covers;
    case 'same-files':
      return covers && touched.size === right.size;
  }
}

/** With one source on each side the rows' names need not agree. */
async function verdictsByTrajectory(
  context: ActivityContext,
): Promise<(key: string, id: string) => Verdict | undefined> {
  const sources = context.inputs.sources('verdicts');
  const bySource = new Map<string, Map<string, Verdict>>();
  const single = sources.length === 1 && context.inputs.sources('trajectories').length === 1;
  for (const source of sources) {
    const verdicts = bySource.get(single ? '' : source.key) ?? new Map<string, Verdict>();
    for await (const verdict of context.inputs.recordsOf<Verdict>(source)) verdicts.set(verdict.trajectory_id, verdict);
    bySource.set(single ? '' : source.key, verdicts);
  }
  return (key, id) => bySource.get(single ? '' : key)?.get(id);
}
