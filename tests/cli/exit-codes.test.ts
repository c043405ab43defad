import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.js';
import { InfrastructureError, UserError } from '../../recipe/errors.js';

test.each([
  ['a wrong command line', new CommanderError(1, 'commander.unknownOption', ''), 2],
  ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  ['an invalid recipe', new UserError('unknown-key', ''), 2],
  ['a service that does not answer', new UserError('service-unreachable', ''), 3],
  ['no sandbox, whichever way its code is spelled', new UserError('sandbox_missing', ''), 3],
  ['infrastructure', new InfrastructureError('blob-missing', ''), 3],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 3],
  ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 3],
  ['something cancelled', new UserError('cancelled', ''), 4],
  ['a bug', new TypeError('x is undefined'), 1],
])('%s ends with its exit code', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
