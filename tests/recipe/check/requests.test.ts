import { describe, expect, test } from 'vitest';
import { checkRecipe, type CheckRequest } from '../../../recipe/index.js';
import { identitiesOf } from '../../../recipe/node-identities.js';
import type { Plan } from '../../../recipe/plan.js';
import { declarations } from '../declarations.js';

const text = `mortar: 1
name: requests
params:
  list: { type: file, default: list.jsonl }
  style: { enum: [short, long], default: short }
  seed: { type: integer, default: 1 }
  keep: { type: boolean, default: true }
  add: { type: boolean, default: false }
stages:
  environments: { uses: data/import, inputs: { file: params.list }, with: { kind: instances } }
  issues:
    uses: data/write-issues
    inputs: { instances: environments.instances }
    with: { style: "\${{ params.style }}" }
  split:
    uses: data/split
    inputs: { instances: issues.instances }
  beside:
    uses: data/write-issues
    inputs: { instances: environments.instances }
    with: { style: long }
  pruned:
    if: "\${{ params.keep }}"
    uses: data/write-issues
    inputs: { instances: environments.instances }
    with: { style: pruned }
  added:
    if: "\${{ params.add }}"
    uses: data/write-issues
    inputs: { instances: environments.instances }
    with: { style: added }
  reader:
    uses: data/split
    inputs: { instances: "\${{ added.instances || issues.instances }}" }
    with: { verifier: 0.5 }
matrix:
  seed: [1, 2]
`;

function check(more: Partial<CheckRequest> = {}) {
  return checkRecipe({
    file: 'requests.yaml',
    text,
    readText: () => null,
    readFileDigest: () => `sha256:${'0'.repeat(64)}`,
    activities: declarations,
    ...more,
  });
}

function plan(more: Partial<CheckRequest> = {}): Plan {
  const { plan, diagnostics } = check(more);
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  if (!plan) throw new Error('no plan');
  return plan;
}

const identities = ({ nodes }: Plan): Record<string, string> => {
  const of = identitiesOf(nodes);
  return Object.fromEntries(
    nodes.flatMap(({ id, aliases }, number) => [id, ...aliases].map((name) => [name, of[number] ?? ''])),
  );
};

/** The same without the matrix. */
const single = text.slice(0, text.indexOf('matrix:'));

describe('without a matrix', () => {
  test('a fresh stage and what reads it are other work, and nothing else is', () => {
    const before = plan({ text: single });
    const after = plan({ text: single, fresh: { stages: ['issues'], nonce: 'once' } });
    const [now, then] = [identitiesOf(after.nodes), identitiesOf(before.nodes)];
    const changed = after.nodes.filter((_, number) => now[number] !== then[number]);
    expect(changed.map(({ id }) => id)).toEqual(['issues', 'split', 'reader']);
  });

  test('a stage that does not exist is suggested', () => {
    const { diagnostics } = check({ text: single, fresh: { stages: ['issue'], nonce: 'once' } });
    expect(diagnostics.map(({ code, suggestion }) => [code, suggestion])).toContainEqual(['unknown-stage', 'issues']);
  });

  test('values for one stage change that stage', () => {
    const after = plan({ text: single, only: [{ stage: 'issues', set: ['style=long'] }] });
    expect(after.nodes.find(({ id, aliases }) => [id, ...aliases].includes('issues'))?.with.style).toBe('long');
  });
});

describe('targets of the command line', () => {
  test('plan what they need and nothing else', () => {
    expect(plan({ targets: ['issues'] }).nodes.map(({ id }) => id)).toEqual(['environments', 'issues']);
  });

  test('that no stage has are reported with the stage that was meant', () => {
    expect(check({ targets: ['isues'] }).diagnostics).toContainEqual(
      expect.objectContaining({ code: 'unknown-stage', suggestion: 'issues' }),
    );
  });
});

describe('a fresh stage', () => {
  test('is other work, and so is what reads it, each time it is asked for', () => {
    const before = identities(plan());
    const fresh = { stages: ['issues'], nonce: 'a' };
    const after = identities(plan({ fresh }));
    expect(after['environments']).toBe(before['environments']);
    expect(after['beside']).toBe(before['beside']);
    for (const stage of ['issues', 'split']) expect(after[stage]).not.toBe(before[stage]);
    expect(identities(plan({ fresh }))).toEqual(after);
    expect(identities(plan({ fresh: { ...fresh, nonce: 'b' } }))['issues']).not.toBe(after['issues']);
  });

  test('that there is not is reported', () => {
    expect(check({ fresh: { stages: ['nothing'], nonce: 'a' } }).diagnostics).toContainEqual(
      expect.objectContaining({ code: 'unknown-stage' }),
    );
  });
});

describe('values for one stage', () => {
  test('split it from the stage it was one with, and leave that one alone', () => {
    const both = plan({ set: ['style=long'] });
    expect(both.nodes.map(({ id, aliases }) => [id, ...aliases])).toContainEqual(['issues', 'beside']);
    const split = plan({ set: ['style=long'], only: [{ stage: 'issues', set: ['style=short'] }] });
    expect(split.nodes.find(({ id }) => id === 'issues')?.with).toEqual({ style: 'short' });
    expect(identities(split)['beside']).toBe(identities(both)['beside']);
    expect(identities(split)['issues']).not.toBe(identities(both)['issues']);
    expect(identities(split)['split']).not.toBe(identities(both)['split']);
  });

  test.each([
    ['that it does not notice', 'beside', 'style=long', 'set-changes-nothing'],
    ['that prune it', 'pruned', 'keep=false', 'set-prunes-stage'],
    ['that let it read a stage there is not', 'reader', 'add=true', 'set-reads-new-stage'],
  ])('%s are reported', (_, stage, set, code) => {
    expect(check({ only: [{ stage, set: [set] }] }).diagnostics).toContainEqual(expect.objectContaining({ code }));
  });
});
