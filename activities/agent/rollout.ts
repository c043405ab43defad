import { createHash } from 'node:crypto';
import { isUserError, messageOf, UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import type { Environment, Instance, Trajectory } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type MapItem, type Scalars } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { modelName } from './model-policy.js';
import { openPolicies } from './policies.js';
import { RepositoryPool } from './repository-pool.js';
import { rollInRepository } from './roll-in-repository.js';
import { rollInShell } from './roll-in-shell.js';
import { readRolloutParams, rolloutParams } from './rollout-params.js';

export default defineActivity({
  name: 'agent/rollout',
  version: 1,
  summary: 'Lets a model, or the scripted teacher, work on every instance with tools, several times.',
  deterministic: false,
  queue: 'sandbox',
  map: true,
  inputs: {
    instances: { kind: 'instances', description: 'Tasks. Their FAIL_TO_PASS tests are never shown.' },
    environments: { kind: 'environments', implied: true },
    model: { kind: 'model' },
  },
  outputs: { trajectories: { kind: 'trajectories', description: 'One an instance and sample, in that order.' } },
  scalars: ['trajectories', 'infrastructure', 'finish_share', 'valid_call_share', 'turns_mean', 'tokens', 'exits'],
  params: rolloutParams,
  extent: ['samples'],
  itemInputs: ['instances'],

  async items(context) {
    const { samples } = readRolloutParams(context.params);
    const items: MapItem[] = [];
    for await (const instance of context.inputs.records<Instance>('instances')) {
      const digest = createHash('sha256').update(JSON.stringify(instance)).digest('hex');
      for (let sample = 0; sample < samples; sample += 1) {
        items.push({
          key: `${instance.instance_id}#${sample}`,
          value: { instance: digest, sample },
          group: instance.repo,
        });
      }
    }
    return items;
  },

  async *process(items, context) {
    const params = readRolloutParams(context.params);
    checkTools(params.agent.protocol, params.agent.tools);
    const instances = await byId(context);
    const environments = new Map<string, Environment>();
    for await (const environment of context.inputs.records<Environment>('environments')) {
      environments.set(environment.environment_id + '\n' + environment.repo, environment);
    }
    const model = context.inputs.model('model');
    const policies = await openPolicies(model, params, context);
    const pool = new RepositoryPool(
      context,
      items.map((item) => item.group ?? ''),
    );
    let done = 0;
    const work = async (item: MapItem): Promise<ItemResult> => {
      const { instance, sample } = itemOf(item.key, instances);
      const environment = environments.get(instance.environment_id + '\n' + instance.repo);
      try {
        context.signal.throwIfAborted();
        if (environment === undefined) {
          const message = `instance ${instance.instance_id} needs environment ${instance.environment_id}, which the input 'environments' lacks`;
          return { key: item.key, ok: false, class: 'subject', code: 'no-environment', message };
        }
        const job = { key: item.key, instance, environment, params, policies, context };
        const result =
          params.agent.protocol === 'text'
            ? await rollInShell(job)
            : await rollInRepository(job, await pool.open(item.group ?? '', environment));
        const record: Trajectory = {
          ...blank(instance, sample, context.seed(item.key), modelName(model)),
          ...result,
        };
        return { key: item.key, ok: true, record: record as unknown as Json };
      } catch (error) {
        if (context.signal.aborted || isUserError(error)) throw error;
        return { key: item.key, ok: false, class: 'infrastructure', code: 'rollout', message: messageOf(error) };
      } finally {
        await pool.release(item.group ?? '');
        context.progress(++done, items.length);
      }
    };
    try {
      yield* concurrently(items, context.concurrency, work);
    } finally {
      await pool.close();
      await policies.close();
    }
  },

  async assemble(results, context) {
    const instances = await byId(context);
    const model = modelName(context.inputs.model('model'));
    // A rollout that infrastructure ate stays in every denominator, as an empty patch.
    const trajectories = results.map((result): Trajectory => {
      if (result.ok) return result.record as unknown as Trajectory;
      const { instance, sample } = itemOf(result.key, instances);
      return blank(instance, sample, context.seed(result.key), model);
    });
    await context.outputs.write('trajectories', trajectories);
    return summary(trajectories, results);
  },
});

function summary(trajectories: readonly Trajectory[], results: readonly ItemResult[]): Scalars {
  const count = trajectories.length;
  const share = (test: (one: Trajectory) => boolean): number =>
    count === 0 ? 0 : trajectories.filter(test).length / count;
  const exits: Record<string, number> = {};
  for (const { exit } of trajectories) exits[exit] = (exits[exit] ?? 0) + 1;
  return {
    trajectories: count,
    infrastructure: results.filter((result) => !result.ok).length,
    finish_share: share((one) => one.exit === 'finish'),
    valid_call_share: share((one) => one.valid_call),
    turns_mean: count === 0 ? 0 : trajectories.reduce((sum, one) => sum + one.turns, 0) / count,
    tokens: trajectories.reduce((sum, one) => sum + one.tokens, 0),
    exits,
  };
}

function blank(instance: Instance, sample: number, seed: number, model: string): Trajectory {
  return {
    trajectory_id: `${instance.instance_id}#${sample}`,
    instance_id: instance.instance_id,
    repo: instance.repo,
    source: instance.source,
    row: '',
    sample,
    seed,
    model,
    messages: [],
    patch: '',
    patches: {},
    exit: 'infrastructure',
    turns: 0,
    valid_call: false,
    tokens: 0,
    logprob: null,
  };
}

async function byId(context: ActivityContext): Promise<Map<string, Instance>> {
  const instances = await context.inputs.all<Instance>('instances');
  return new Map(instances.map((instance) => [instance.instance_id, instance]));
}

function itemOf(key: string, instances: ReadonlyMap<string, Instance>): { instance: Instance; sample: number } {
  const at = key.lastIndexOf('#');
  const instance = instances.get(key.slice(0, at));
  if (instance === undefined) throw new Error(`item ${key} is of no instance of the input 'instances'`);
  return { instance, sample: Number(key.slice(at + 1)) };
}

function checkTools(protocol: string, tools: readonly string[]): void {
  const known = protocol === 'text' ? ['bash', 'editor', 'think', 'finish'] : ['view', 'sed', 'test', 'finish'];
  const strange = tools.filter((tool) => !known.includes(tool));
  if (strange.length === 0) return;
  throw new UserError(
    'agent-tools',
    `agent.tools of agent/rollout: protocol '${protocol}' has no ${strange.join(', ')}; it offers ${known.join(', ')}. Change agent.tools or agent.protocol.`,
    { protocol, tools: [...tools] },
  );
}
