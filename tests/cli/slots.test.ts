import { expect, test } from 'vitest';
import { slotsOf } from '../../cli/slots.js';

test('queues and slots become what a worker reads', () => {
  expect(slotsOf(undefined, undefined)).toBeUndefined();
  expect(slotsOf(['gpu'], '1')).toBe('gpu=1');
  expect(slotsOf(['cpu', 'sandbox'], '4')).toBe('cpu=4,sandbox=4');
  expect(slotsOf(undefined, '3')).toBe('cpu=3,sandbox=3,gpu=3');
});

test.each([
  [['gpus'], undefined, "--queue is 'gpus'"],
  [undefined, '0', "--slots is '0'"],
  [undefined, '2.5', "--slots is '2.5'"],
])('%o with %s is refused', (queues, slots, message) => {
  expect(() => slotsOf(queues, slots)).toThrow(message);
});
