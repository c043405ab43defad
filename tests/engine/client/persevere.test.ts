import { expect, test } from 'vitest';
import { Outages, type Outage } from '../../../engine/client/persevere.js';
import { InfrastructureError } from '../../../recipe/errors.js';

const away = new InfrastructureError('store-unreachable', 'no answer');

function told(): { outages: Outages; heard: Outage[] } {
  const heard: Outage[] = [];
  return { heard, outages: new Outages((outage) => heard.push(outage)) };
}

test('an outage is told once when it begins and once when it is over', async () => {
  const { outages, heard } = told();
  let calls = 0;
  const value = await outages.persevere(async () => {
    if (++calls < 3) throw away;
    return calls;
  });
  expect(value).toBe(3);
  expect(heard).toEqual([{ service: 'store', message: 'no answer' }, { service: 'store' }]);
});

test('whoever leaves during an outage does not wait for its end', async () => {
  const { outages } = told();
  const leave = new AbortController();
  const waiting = outages.persevere(async () => Promise.reject(away), leave.signal);
  leave.abort();
  expect(await waiting).toBeUndefined();
});

test('what is no outage is thrown at once', async () => {
  const { outages, heard } = told();
  await expect(outages.persevere(async () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(heard).toEqual([]);
});

test('each service has its own outages', () => {
  const { outages, heard } = told();
  outages.lost('temporal', 'gone');
  outages.lost('store', 'gone as well');
  outages.lost('temporal', 'still gone');
  outages.back('store');
  outages.back('store');
  expect(heard.map(({ service, message }) => [service, message !== undefined])).toEqual([
    ['temporal', true],
    ['store', true],
    ['store', false],
  ]);
});
