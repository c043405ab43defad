import { expect, test } from 'vitest';
import { parseServiceRecord } from '../../services/service-record.js';

const record = {
  service: 'temporal',
  pid: 4321,
  startTime: '99',
  port: 7233,
  uiPort: 8233,
  version: '1.5.1 (server 1.29.1)',
  binary: '/somewhere/temporal',
  sha256: 'ab',
  startedAt: '2026-01-02T03:04:05.000Z',
};

test('a record is read back as it was written', () => {
  expect(parseServiceRecord(JSON.stringify(record))).toEqual(record);
});

test.each([
  ['cut off', JSON.stringify(record).slice(0, 40)],
  ['empty', ''],
  ['of another program', JSON.stringify({ ...record, service: 'postgres' })],
  ['with process 1, which must never be stopped', JSON.stringify({ ...record, pid: 1 })],
  ['with a negative process, which would be a group', JSON.stringify({ ...record, pid: -5 })],
  ['without a port', JSON.stringify({ ...record, port: undefined })],
])('a record %s is none', (_, text) => {
  expect(parseServiceRecord(text)).toBeUndefined();
});
