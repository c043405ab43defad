import { expect, test } from 'vitest';
import { split } from '../../../cli/run/artifact-reference.js';

const stages = new Set(['validate', 'demos.rollout', 'sft[easy]', 'evaluate[sft].rollout']);
const isStage = (address: string): boolean => stages.has(address);

test.each([
  ['validate', { address: 'validate' }],
  ['validate.instances', { address: 'validate', name: 'instances' }],
  ['demos.rollout', { address: 'demos.rollout' }],
  ['demos.rollout.trajectories', { address: 'demos.rollout', name: 'trajectories' }],
  ['evaluate[sft].rollout.trajectories', { address: 'evaluate[sft].rollout', name: 'trajectories' }],
  ['nothing', { address: 'nothing' }],
])('%s is an address and perhaps an output', (text, parts) => {
  expect(split(text, isStage)).toEqual(parts);
});
