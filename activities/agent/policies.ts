import { UserError } from '../../recipe/errors.js';
import type { ModelInput } from '../../models/model.js';
import type { Instance } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';
import { seededRandom } from '../random.js';
import { modelPolicy } from './model-policy.js';
import type { VisibleLine } from './numbered-code.js';
import type { RolloutParams } from './rollout-params.js';
import { scriptedTeacher } from './scripted-teacher.js';
import type { Policy, Protocol } from './step.js';

/** Makes the policy of each rollout; one model client serves all of them. */
export interface Policies {
  policy(key: string, instance: Instance, visible: readonly VisibleLine[], protocol: Protocol): Policy;
  close(): Promise<void>;
}

export async function openPolicies(
  model: ModelInput,
  params: RolloutParams,
  context: ActivityContext,
): Promise<Policies> {
  if (model.kind === 'scripted') {
    if (model.name !== 'explore-then-edit') {
      throw new UserError(
        'unknown-teacher',
        `agent/rollout: there is no scripted model '${model.name}'. The one there is: explore-then-edit.`,
        { scripted: model.name },
      );
    }
    if (params.agent.protocol === 'text') {
      throw new UserError(
        'teacher-protocol',
        "agent/rollout: the scripted teacher explore-then-edit speaks terse and plain, not text. Set agent.protocol to 'terse' or give a model.",
      );
    }
    return {
      policy: (key, instance, visible, protocol) =>
        scriptedTeacher(
          { instance, visible, random: seededRandom(context.seed(key, 'teacher')), mistakes: params.mistakes },
          protocol,
        ),
      close: () => Promise.resolve(),
    };
  }
  const needs = { logprobs: params.logprobs, sampling: params.temperature > 0 };
  const client = await context.models.open(model, needs, context.signal);
  return {
    policy: (key, _instance, _visible, protocol) =>
      modelPolicy(client, {
        temperature: params.temperature,
        reply: params.agent.reply,
        context: params.agent.context,
        logprobs: params.logprobs,
        ...(protocol.stop === undefined ? {} : { stop: protocol.stop }),
        seed: (turn) => context.seed(key, turn),
        signal: context.signal,
      }),
    close: () => client.close(),
  };
}
