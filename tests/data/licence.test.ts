import { expect, test } from 'vitest';
import { licenceAllowed, permissive } from '../../activities/data/licence.js';

test.each([
  ['MIT', true],
  ['mit', true],
  ['GPL-3.0-only', false],
  ['GPL-3.0-only OR MIT', true],
  ['GPL-3.0-only AND MIT', false],
  ['(GPL-2.0-only OR MIT) AND BSD-3-Clause', true],
  ['MIT AND (GPL-2.0-only OR LGPL-3.0-only)', false],
  ['MIT OR GPL-2.0-only AND LGPL-3.0-only', true],
  ['Apache-2.0 WITH LLVM-exception', true],
  ['', false],
  ['MIT OR', false],
  ['(MIT', false],
  ['MIT MIT', false],
  ['LicenseRef-whatever', false],
])('%s: %s', (expression, allowed) => {
  expect(licenceAllowed(expression, permissive)).toBe(allowed);
});
