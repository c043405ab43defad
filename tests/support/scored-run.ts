import type { Instance, Verdict } from '../../schemas/records.js';
import type { Store } from '../../artifacts/open.js';
import { buildScore } from '../../activities/report/build-score.js';
import type { RecordedRun } from '../../engine/lineage/recorded-run.js';
import { sha256 } from '../../recipe/canonical.js';
import type { PlanNode } from '../../recipe/plan.js';
import { output, testPlan } from '../integration/plans.js';

const list = ['{"repo": "toolz", "version": "1.0"}', '', '{"repo": "funcy", "version": "2.1"}', ''].join('\n');

export const instance = (id: string, repo: string, version: string, status: Instance['status']): Instance => ({
  ...{ instance_id: id, repo, version, base_commit: '', source: 'synthetic', environment_id: `env-${repo}` },
  ...{ problem_statement: '', patch: '', bug_patch: '', test_patch: '', status, FAIL_TO_PASS: [], PASS_TO_PASS: [] },
  focus: { file: 'a.py', symbol: 'a', start: 1, end: 2 },
});

const verdict = (id: string, repo: string, sample: number, resolved: boolean): Verdict => ({
  ...{ trajectory_id: `${id}#${sample}`, instance_id: id, repo, row: '', sample, resolved, status: 'graded' },
  ...{ patch_digest: sha256('patch'), patch_size: 5, turns: 2, tokens: 20, valid_call: true },
  ...{ FAIL_TO_PASS: { success: [], failure: [] }, PASS_TO_PASS: { success: [], failure: [] } },
});

/** A run that was scored, from a list of repositories on: what its stages wrote lies in the store. */
export async function scoredRun(store: Store, id = '260101-000000-abc'): Promise<RecordedRun> {
  const write = (kind: string, records: readonly unknown[]) => store.artifacts.writeRecords(kind, records);
  const archive = await store.blobs.put('the archive of a source tree');
  const checkout = (repo: string, version: string) => ({ repo, version, commit: `c-${repo}`, licence: 'MIT', archive });
  const valid = [instance('toolz-1', 'toolz', '1.0', 'valid'), instance('funcy-1', 'funcy', '2.1', 'valid')];
  const verdicts = [
    verdict('toolz-1', 'toolz', 0, true),
    verdict('toolz-1', 'toolz', 1, false),
    verdict('funcy-1', 'funcy', 0, false),
    verdict('funcy-1', 'funcy', 1, false),
  ];
  const score = await buildScore({
    instances: valid,
    verdicts: verdicts.map((one) => ({ row: 'sft', verdict: one })),
    judgements: [],
    settings: { k: [1, 2], budgets: [], interval: 0.95, cluster: 'repository', pairs: [], resamples: 100, seed: 17 },
  });
  const made: (Partial<PlanNode> & { outputs: Record<string, readonly [kind: string, digest: string]> })[] = [
    {
      ...{ id: 'sources', activity: 'data/collect' },
      inputs: { list: [{ from: 'file', path: 'recipes/list.jsonl', digest: sha256(list) }] },
      outputs: {
        checkouts: ['checkouts', await write('checkouts', [checkout('funcy', '2.1'), checkout('toolz', '1.0')])],
      },
    },
    {
      ...{ id: 'bugs', activity: 'data/inject-bugs', inputs: { checkouts: [output(0, 'checkouts')] } },
      outputs: {
        instances: [
          'instances',
          await write(
            'instances',
            valid.map((one) => ({ ...one, status: 'draft' })),
          ),
        ],
      },
    },
    {
      ...{ id: 'validate', activity: 'validate/run-tests', inputs: { instances: [output(1, 'instances')] } },
      outputs: { instances: ['instances', await write('instances', [...valid].reverse())] },
    },
    {
      ...{ id: 'rollout[sft]', activity: 'agent/rollout', inputs: { instances: [output(2, 'instances')] } },
      outputs: {
        trajectories: [
          'trajectories',
          await write(
            'trajectories',
            verdicts.map(({ trajectory_id }) => ({ trajectory_id, model: 'scripted:explore' })),
          ),
        ],
      },
    },
    {
      ...{ id: 'grade[sft]', activity: 'validate/grade' },
      inputs: { trajectories: [output(3, 'trajectories')], instances: [output(2, 'instances')] },
      outputs: { verdicts: ['verdicts', await write('verdicts', verdicts)] },
    },
    {
      ...{ id: 'score', activity: 'report/score', with: { k: [1, 2] } },
      inputs: {
        instances: [output(2, 'instances')],
        verdicts: [{ ...output(4, 'verdicts'), key: 'sft' } as never],
      },
      outputs: { score: ['score', await write('score', [score])] },
    },
  ];
  const plan = testPlan(made.map(({ outputs: _outputs, ...node }) => node));
  const file = await store.blobs.put(list);
  const source = await store.blobs.put(
    JSON.stringify({
      ...{ mortar: 1, file: 'recipes/ablations/masking.yaml', text: 'mortar: 1\nextends: ../base.yaml\n', set: [] },
      texts: { 'recipes/base.yaml': 'mortar: 1\n' },
      digests: { 'recipes/list.jsonl': file.digest },
    }),
  );
  return {
    record: {
      ...{ id, name: plan.name, profile: null, plan: sha256('plan'), recipe: sha256('recipe'), source: source.digest },
      ...{ files: { 'recipes/list.jsonl': file.digest }, createdAt: '2026-01-01T00:00:00.000Z' },
      ...{ onFailure: 'hold', nodes: plan.nodes.length },
    },
    state: { state: 'succeeded', updatedAt: '2026-01-01T01:00:00.000Z', endedAt: '2026-01-01T01:00:00.000Z' },
    plan: { ...plan, params: { seed: 17, masking: 'none' } },
    nodes: new Map(
      made.map(({ outputs, id = '', activity = '' }, node) => [
        node,
        {
          ...{ node, id, activity, state: 'done', key: sha256(id) },
          ...{ startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:01:00.000Z' },
          outputs: Object.fromEntries(
            Object.entries(outputs).map(([name, [kind, digest]]) => [name, { kind, digest }]),
          ),
        },
      ]),
    ),
  };
}
