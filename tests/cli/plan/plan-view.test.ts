import { describe, expect, test } from 'vitest';
import { mermaid } from '../../../cli/plan/plan-mermaid.js';
import { reasonOf } from '../../../cli/plan/plan-reason.js';
import { summary } from '../../../cli/plan/plan-summary.js';
import { svg } from '../../../cli/plan/plan-svg.js';
import { planTable } from '../../../cli/plan/plan-table.js';
import { tree } from '../../../cli/plan/plan-tree.js';
import { directEdges } from '../../../cli/plan/transitive-edges.js';
import { estimatePlan } from '../../../engine/explain/plan-time.js';
import type { StagePreview } from '../../../engine/explain/preview.js';
import type { Plan, PlanNode } from '../../../recipe/plan.js';

const node = (id: string, ...needs: number[]): PlanNode => ({
  id,
  aliases: [],
  activity: 'command',
  version: 1,
  inputs: {},
  with: {},
  needs,
  queue: 'sandbox',
  retry: { attempts: 3, backoff: 10_000 },
  items: {},
  sandbox: {},
  approve: false,
  line: 1,
});
const diamond: Plan = {
  mortar: 1,
  name: 'diamond',
  profile: 'tiny',
  recipe: 'sha256:0',
  params: {},
  origins: {},
  nodes: [node('A'), node('B', 0), node('C', 0), node('D', 1, 2)],
  pruned: [{ id: 'E', line: 12, reason: '`if: params.e` is false' }],
};
const timed = (milliseconds: number) => ({ milliseconds, samples: 1, from: 'stage' }) as const;
const previews: StagePreview[] = [
  { node: 0, id: 'A', state: 'cached', on: [], made: { run: 'run-0' } },
  {
    node: 1,
    id: 'B',
    state: 'to run',
    on: [],
    estimate: timed(10_000),
    against: 'run-1',
    differences: [
      { field: 'with.train.steps', before: 60, after: 1 },
      { field: 'inputs.model[0].digest', before: 'sha256:a', after: 'sha256:b' },
      { field: 'environment', before: 'sha256:a', after: 'sha256:b' },
    ],
  },
  { node: 2, id: 'C', state: 'to run', on: [], estimate: timed(4_000) },
  { node: 3, id: 'D', state: 'waiting', on: ['B', 'C'], differences: [{ field: 'with.k', before: 1, after: 2 }] },
];
const slots = { sandbox: 2 };

describe('what a plan says of each stage', () => {
  test('the reason names what changed, with both values, and how much more there is', () => {
    expect(previews.map(reasonOf)).toEqual([
      'done by run-0',
      'train.steps 60 -> 1, model changed and 1 more',
      'first run',
      'on B, C; k 1 -> 2',
    ]);
  });

  test('a cached stage at which the run will stop says so', () => {
    expect(reasonOf({ node: 0, id: 'A', state: 'cached', on: [], hold: 'approve' })).toContain('approval');
    expect(reasonOf({ node: 0, id: 'A', state: 'cached', on: [], hold: 'expect' })).toContain('`expect` is false');
  });

  test('a line a stage: how many it stands for, its state, the time it takes, why, what it reads', () => {
    const many: Plan = { ...diamond, nodes: diamond.nodes.map((one) => ({ ...one, standsFor: 18 })) };
    expect(planTable(many, previews)).toEqual([
      'STAGE  USES     STATE      TIME  WHY                                            READS',
      'A x18  command  cached           done by run-0',
      'B x18  command  to run    ~10 s  train.steps 60 -> 1, model changed and 1 more  after A',
      'C x18  command  to run   ~4.0 s  first run                                      after A',
      'D x18  command  waiting          on B, C; k 1 -> 2                              after B, after C',
    ]);
  });

  test('the summary counts, estimates, and says what was never timed and what changed', () => {
    const estimate = estimatePlan(diamond, previews, slots);
    expect(estimate).toEqual({ milliseconds: 10_000, longestPath: 10_000, unknown: 1, slots });
    const since = { run: 'run-1', params: [{ field: 'train.steps', before: 60, after: 1 }] };
    expect(summary(diamond, { preview: { stages: previews, since }, estimate })).toEqual([
      '',
      'diamond, profile tiny: 4 stages.',
      '1 cached, 2 to run, 1 waiting for them.',
      'Params since run-1: train.steps: 60 -> 1.',
      'An estimate by past runs: 10 s with slots sandbox=2, and 1 stage that was never timed.',
      'Pruned: E (line 12: `if: params.e` is false).',
    ]);
  });

  test('without a store it says so', () => {
    expect(summary(diamond, { why: 'nothing runs here' })).toContain(
      'No store reached: cached or not is not known (nothing runs here).',
    );
    expect(planTable(diamond, undefined)[1]).toBe('A      command  sandbox');
  });

  test('a tree opens each stage once, and shows states', () => {
    const deeper: Plan = { ...diamond, nodes: [node('S'), node('A', 0), node('B', 1), node('C', 1), node('D', 2, 3)] };
    expect(tree(deeper)).toEqual(['D', '├─ B', '│  └─ A', '│     └─ S', '└─ C', '   └─ A (above)']);
    expect(tree(diamond, previews)).toEqual([
      'D  [waiting]',
      '├─ B  [to run: train.steps 60 -> 1, model changed and 1 more]',
      '│  └─ A  [cached]',
      '└─ C  [to run: first run]',
      '   └─ A  [cached]',
    ]);
  });

  test('a tree of a chain of thousands ends', () => {
    const chain = Array.from({ length: 5_000 }, (_, number) =>
      number === 0 ? node('n0') : node(`n${number}`, number - 1),
    );
    const lines = tree({ ...diamond, nodes: chain });
    expect(lines.length).toBeLessThan(100);
    expect(lines.at(-1)).toContain('see the table');
  });
});

describe('graphs', () => {
  test('a flowchart has every edge, and a class for every state', () => {
    const text = mermaid(diamond, previews);
    expect(text.split('\n').filter((line) => line.includes('-->'))).toHaveLength(4);
    expect(text).toContain('class n1,n2 torun');
    expect(mermaid(diamond, undefined)).not.toContain('class');
  });

  test('a drawing has a box a stage and an arrow a direct edge; names cannot break out of it', () => {
    const nodes = [node('A<&"'), node('B', 0), node('C', 0, 1)];
    const text = svg({ ...diamond, nodes }, previews);
    expect(text.match(/<path d="M[\d. -]+Q|<path d="M[\d. -]+L/g)).toHaveLength(3 - 1 + 1);
    expect(text).toContain('A&lt;&amp;&quot;');
    expect(text).toContain('reads A&lt;&amp;&quot;, B');
    expect(text).not.toMatch(/href|<script|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
    const tops = [...text.matchAll(/<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="46"/g)].map((match) =>
      Number(match[1]),
    );
    expect(tops).toHaveLength(3);
    expect([...tops].sort((left, right) => left - right)).toEqual(tops);
  });

  test('a drawing of thousands is refused with what to do instead', () => {
    const many = Array.from({ length: 601 }, (_, number) => node(`n${number}`));
    expect(() => svg({ ...diamond, nodes: many }, undefined)).toThrow('--graph mermaid');
  });

  test('edges that longer ways imply are left out', () => {
    expect(directEdges([[], [0], [0, 1], [0, 1, 2]])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });
});
