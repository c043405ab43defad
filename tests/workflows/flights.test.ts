import { describe, expect, test } from 'vitest';
import { Flights } from '../../workflows/flights.js';

describe('stages that a run waits for', () => {
  test('have an epoch each, also where the clock stands still or the run was continued', () => {
    const flights = new Flights();
    const epochs = [1, 2, 3].map((node) => flights.start(node, 'key', 10).epoch);
    expect(epochs).toEqual([10, 11, 12]);
    expect(new Flights(flights.toMemory()).start(4, 'key', 5).epoch).toBe(13);
  });

  test('are answered once, and an answer to an earlier subscription is nobody’s', () => {
    const flights = new Flights();
    const { epoch } = flights.start(7, 'key', 1);
    flights.take(7);
    const second = flights.start(7, 'key', 2);
    expect(flights.land(epoch)).toBeUndefined();
    expect(flights.land(second.epoch)).toBe(7);
    expect(flights.land(second.epoch)).toBeUndefined();
  });

  test('move to the numbers of another plan and remember under which number they subscribed', () => {
    const flights = new Flights();
    const kept = flights.start(0, 'kept', 1);
    const dropped = flights.start(1, 'dropped', 2);
    expect(flights.renumber([-1, 0])).toEqual([dropped]);
    expect(flights.get(1)).toEqual({ ...kept, as: 0 });
    expect(flights.toMemory()).toEqual([[1, 'kept', kept.epoch, 0]]);
    expect(flights.land(kept.epoch)).toBe(1);
  });
});
