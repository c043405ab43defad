import { describe, expect, test } from 'vitest';
import { explainKeys, renderDifference } from '../../recipe/explain/explain.js';
import { keyDocument, keyOf } from '../../recipe/key.js';

const parts = {
  activity: 'sft/train',
  version: 3,
  with: { train: { steps: 150, learning_rate: 0.001 }, seed: 17 },
  inputs: {
    trajectories: [{ digest: 'sha256:aa', key: '' }],
    model: [{ model: { weights: 'sha256:bb', max_length: 320 } }],
  },
  environment: { lock: 'sha256:cc' },
};

describe('keys', () => {
  test('the document says what the work depends on, and nothing else', () => {
    expect(keyDocument(parts)).toEqual({
      mortar: 1,
      activity: 'sft/train',
      version: 3,
      with: parts.with,
      inputs: {
        trajectories: [{ digest: 'sha256:aa' }],
        model: [{ model: { weights: 'sha256:bb', max_length: 320 } }],
      },
      environment: { lock: 'sha256:cc' },
    });
  });

  test('a key is stable: changing it throws every cache away, so that has to be meant', () => {
    expect(keyOf(keyDocument(parts))).toBe('sha256:2b9984fe753d0c8da9c89fbcdf063be4baeef012df14968beadaab6a1a94446b');
  });

  test('explain names each field that differs, with both values', () => {
    const after = keyDocument({
      ...parts,
      version: 4,
      with: { train: { steps: 150, learning_rate: 0.0005 }, seed: 17, share: 1 },
      inputs: { trajectories: [{ digest: 'sha256:ad' }] },
    });
    expect(explainKeys(keyDocument(parts), after).map(renderDifference)).toMatchInlineSnapshot(`
      [
        "inputs.model: [{"model":{"max_length":320,"weights":"sha256:bb"}}] -> (absent)",
        "inputs.trajectories[0].digest: "sha256:aa" -> "sha256:ad"",
        "version: 3 -> 4",
        "with.share: (absent) -> 1",
        "with.train.learning_rate: 0.001 -> 0.0005",
      ]
    `);
    expect(explainKeys(after, after)).toEqual([]);
  });
});
