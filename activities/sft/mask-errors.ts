import type { Trajectory } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';

export type Detector = 'none' | 'invocation' | 'traceback' | 'nonzero';

/** Each detector masks what the ones before it mask, too. */
const MASKED: Readonly<Record<Detector, readonly string[]>> = {
  none: [],
  invocation: ['invocation'],
  traceback: ['invocation', 'traceback'],
  nonzero: ['invocation', 'traceback', 'nonzero'],
};

export default defineActivity({
  name: 'sft/mask-errors',
  version: 1,
  summary: 'Marks assistant turns whose own observation is an error, so that training skips them.',
  queue: 'cpu',
  quick: true,
  inputs: { trajectories: { kind: 'trajectories' } },
  outputs: { trajectories: { kind: 'trajectories', description: 'turn_mask is true on turns that are not trained.' } },
  scalars: ['turns', 'masked_turns', 'masked_share', 'errors', 'masked_by_kind', 'spared_final'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      detector: {
        enum: ['none', 'invocation', 'traceback', 'nonzero'],
        default: 'invocation',
        description:
          'invocation: the call itself was wrong. traceback: also code that could not be run. nonzero: also failing tests and other exit codes.',
      },
    },
  },

  async run(context) {
    const detector = (context.params['detector'] ?? 'invocation') as Detector;
    let turns = 0;
    let masked = 0;
    let spared = 0;
    const errors: Record<string, number> = {};
    const byKind: Record<string, number> = {};
    async function* all(): AsyncGenerator<Trajectory> {
      for await (const trajectory of context.inputs.records<Trajectory>('trajectories')) {
        const result = maskErrors(trajectory, detector);
        turns += result.turns;
        masked += result.masked.length;
        spared += result.sparedFinal ? 1 : 0;
        for (const kind of result.errors) errors[kind] = (errors[kind] ?? 0) + 1;
        for (const kind of result.masked) byKind[kind] = (byKind[kind] ?? 0) + 1;
        yield result.trajectory;
      }
    }
    await context.outputs.write('trajectories', all());
    return {
      turns,
      masked_turns: masked,
      masked_share: turns === 0 ? 0 : masked / turns,
      errors,
      masked_by_kind: byKind,
      spared_final: spared,
    };
  },
});

/** The final assistant turn is always trained: it is how a trajectory ends. */
export function maskErrors(
  trajectory: Trajectory,
  detector: Detector,
): { trajectory: Trajectory; turns: number; errors: string[]; masked: string[]; sparedFinal: boolean } {
  const { messages } = trajectory;
  const final = messages.findLastIndex(({ role }) => role === 'assistant');
  const errors: string[] = [];
  const masked: string[] = [];
  let turns = 0;
  let sparedFinal = false;
  const result = messages.map((message, index) => {
    const { turn_mask: _mask, ...bare } = message;
    if (message.role !== 'assistant') return bare;
    turns += 1;
    const next = messages[index + 1];
    const error = next?.role === 'user' ? next.error : undefined;
    if (error === undefined) return bare;
    errors.push(error);
    if (!MASKED[detector].includes(error)) return bare;
    if (index === final) {
      sparedFinal = true;
      return bare;
    }
    masked.push(error);
    return { ...bare, turn_mask: true };
  });
  return { trajectory: { ...trajectory, messages: result }, turns, errors, masked, sparedFinal };
}
