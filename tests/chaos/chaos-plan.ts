import type { Plan, PlanNode } from '../../recipe/plan.js';
import { output, testPlan } from '../integration/plans.js';

const ITEMS = 420;

/** Two plans that share most of their work: plain stages, small ones, a map, a command, one that fails, one that is held, decisions of people. */
export function chaosPlans(tag: string, sandbox: boolean): readonly [Plan, Plan] {
  const shared: Partial<PlanNode>[] = [
    { id: 'numbers', activity: 'chaos/numbers', with: { n: ITEMS, tag, delay: 300 } },
    {
      id: 'square',
      activity: 'chaos/square',
      with: { tag, delay: 20 },
      inputs: { numbers: [output(0, 'numbers')] },
    },
    { id: 'sum', activity: 'chaos/sum', with: { tag }, inputs: { squares: [output(1, 'squares')] } },
    {
      id: 'flaky',
      activity: 'chaos/flaky',
      with: { tag, failures: 2 },
      inputs: { numbers: [output(0, 'numbers')] },
      retry: { attempts: 5, backoff: 300 },
    },
    sandbox
      ? {
          id: 'command',
          activity: 'command',
          queue: 'sandbox',
          with: {
            run: 'echo counting; sleep 1; wc -l < inputs/numbers.jsonl > count.txt; wc -c inputs/blobs/* >> count.txt',
            image: null,
            env: { TAG: tag },
            timeout: '5m',
            outputs: { count: { kind: 'text', path: 'count.txt' } },
          },
          inputs: { numbers: [output(0, 'numbers')] },
        }
      : { id: 'command', activity: 'chaos/numbers', with: { n: 3, tag, delay: 1_000 } },
  ];
  const first: Partial<PlanNode>[] = [
    {
      id: 'held',
      activity: 'chaos/flaky',
      with: { tag, failures: 3, held: true },
      inputs: { numbers: [output(0, 'numbers')] },
      retry: { attempts: 2, backoff: 100 },
    },
    { id: 'end', activity: 'chaos/sum', with: { tag, end: 'first' }, inputs: { squares: [output(5, 'squares')] } },
  ];
  const second: Partial<PlanNode>[] = [
    { id: 'expected', activity: 'chaos/numbers', with: { n: 5, tag }, expect: 'outputs.count > 10' },
    {
      id: 'approved',
      activity: 'chaos/sum',
      with: { tag, a: 1 },
      inputs: { squares: [output(1, 'squares')] },
      approve: true,
    },
    {
      id: 'again',
      activity: 'chaos/square',
      with: { tag: `${tag}-again`, delay: 5 },
      inputs: { numbers: [output(5, 'numbers')] },
      needs: [6],
    },
    { id: 'end', activity: 'chaos/sum', with: { tag, end: 'second' }, inputs: { squares: [output(7, 'squares')] } },
  ];
  // Enough at once for batches; some last long enough to be hit.
  const small = Array.from({ length: 10 }, (_, number) => ({
    ...{ id: `small${number}`, activity: 'chaos/numbers' },
    with: { n: 2, tag, small: number, delay: number * 120 },
  }));
  const plan = (own: readonly Partial<PlanNode>[]): Plan =>
    testPlan([...shared, ...own, ...small].map((node) => ({ retry: { attempts: 5, backoff: 1_000 }, ...node })));
  return [plan(first), plan(second)];
}
