import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median } from '../../../engine/explain/durations.js';
import { estimateTime, type TimedStage } from '../../../engine/explain/estimate.js';

const stage = (duration: number | undefined, ...needs: number[]): TimedStage => ({ needs, queue: 'cpu', duration });

describe('the estimate of a plan', () => {
  test('stages side by side take as long as the longest, where there are slots for all', () => {
    const stages = [stage(2), stage(5), stage(3), stage(1, 0, 1, 2)];
    expect(estimateTime(stages, { cpu: 3 })).toMatchObject({ milliseconds: 6, longestPath: 6, unknown: 0 });
  });

  test('fewer slots make it longer, and other queues do not help', () => {
    const stages = [stage(4), stage(4), stage(4)];
    expect(estimateTime(stages, { cpu: 1, gpu: 9 })).toMatchObject({ milliseconds: 12, longestPath: 4 });
    expect(estimateTime(stages, { cpu: 2 }).milliseconds).toBe(8);
  });

  test('what was never timed is counted and adds nothing', () => {
    const stages = [stage(3), stage(undefined, 0), stage(4, 1)];
    expect(estimateTime(stages, { cpu: 1 })).toMatchObject({ milliseconds: 7, unknown: 1 });
  });

  test('a chain of thousands that are cached takes no time and no stack', () => {
    const stages = Array.from({ length: 50_000 }, (_, number) => (number === 0 ? stage(0) : stage(0, number - 1)));
    expect(estimateTime(stages, { cpu: 1 }).milliseconds).toBe(0);
  });

  test('property: never shorter than the longest path or than the work a slot, never longer than all of it', () => {
    const graph = fc.array(fc.record({ duration: fc.nat(20), needs: fc.array(fc.nat(), { maxLength: 3 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 4 }), (nodes, cpu) => {
        const stages = nodes.map(({ duration, needs }, number) =>
          stage(duration, ...(number === 0 ? [] : [...new Set(needs.map((need) => need % number))])),
        );
        const work = stages.reduce((sum, { duration = 0 }) => sum + duration, 0);
        const { milliseconds, longestPath } = estimateTime(stages, { cpu });
        expect(milliseconds).toBeGreaterThanOrEqual(Math.max(longestPath, work / cpu));
        expect(milliseconds).toBeLessThanOrEqual(work);
      }),
    );
  });

  test('the median of an even number of times is the mean of the middle two', () => {
    expect([median([3]), median([9, 1, 2]), median([4, 1, 2, 100])]).toEqual([3, 2, 3]);
  });
});
