import { expect, test } from 'vitest';
import { withoutTorch } from '../../services/trainer-environment.js';

test('torch and what only its GPU build needs are left out with their hashes, the rest stays', () => {
  const lock = [
    'numpy==2.4.0 \\',
    '    --hash=sha256:aa',
    '    # via torch',
    'nvidia-cublas==13.0 \\',
    '    --hash=sha256:bb',
    'torch==2.15.0 \\',
    '    --hash=sha256:cc \\',
    '    --hash=sha256:dd',
    'torchdata==1.0 \\',
    '    --hash=sha256:ee',
  ].join('\n');
  expect(withoutTorch(lock)).toBe(
    ['numpy==2.4.0 \\', '    --hash=sha256:aa', '    # via torch', 'torchdata==1.0 \\', '    --hash=sha256:ee'].join(
      '\n',
    ),
  );
});
