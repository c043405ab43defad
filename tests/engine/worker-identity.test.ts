import { expect, test } from 'vitest';
import { queuesOfIdentity, workerIdentity } from '../../engine/worker-identity.js';

test('a worker says which queues it serves, and what it says is read back', () => {
  expect(queuesOfIdentity(workerIdentity(['mortar', 'cpu', 'gpu']))).toEqual(['mortar', 'cpu', 'gpu']);
});

test('a worker of another version says nothing about its queues', () => {
  expect(queuesOfIdentity('1234@machine')).toBeUndefined();
  expect(queuesOfIdentity('')).toBeUndefined();
});
