// What Temporal takes alone: activities that do nothing, in one workflow.
import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities({ startToCloseTimeout: '1 minute' });

export async function bareChain(length) {
  const times = [];
  for (let number = 0; number < length; number += 1) times.push(await nothing());
  return times;
}

export async function bareFanOut(width) {
  await Promise.all(Array.from({ length: width }, () => nothing()));
}
