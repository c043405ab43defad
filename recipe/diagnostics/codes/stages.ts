import type { Code } from './code.js';

/** Stages, their edges, parts and foreach. */
export const stageCodes = {
  'unknown-activity': {
    severity: 'error',
    meaning: 'There is no activity of that name.',
    example: 'uses: data/spilt',
    mend: 'Correct the name; `mortar activities` lists them.',
  },
  'module-not-found': {
    severity: 'error',
    meaning: "The file or package of an activity that is not Mortar's own is not there.",
    example: 'uses: ./activities/mien.ts',
    mend: 'Correct the path, which is relative to the recipe that says it, or install the package beside the recipe.',
  },
  'module-broken': {
    severity: 'error',
    meaning:
      'The module of an activity cannot be bundled or loaded: a syntax error, an import that is not there, code that throws.',
    example: 'uses: ./activities/mine.ts, which imports a package that is not installed',
    mend: 'Mend the module at the place that the message names.',
  },
  'invalid-activity': {
    severity: 'error',
    meaning: 'What a module exports is no activity, or not the one that is asked for.',
    example: 'export default { name: "data/split", run() {} }',
    mend: 'Export what `mortar/activity` describes, as `default` or in a list `activities`.',
  },
  'unknown-part': {
    severity: 'error',
    meaning: 'There is no part of that name.',
    example: 'uses: part/atempt',
    mend: 'Correct the name, or add the part under `parts`.',
  },
  'unknown-stage': {
    severity: 'error',
    meaning: '`needs`, `targets` or a metric names a stage that does not exist.',
    example: 'needs: [spilt]',
    mend: 'Correct the name.',
  },
  'unknown-input': {
    severity: 'error',
    meaning: 'The activity or part takes no such input.',
    example: 'uses: data/split, inputs: { instance: tests.instances }',
    mend: 'Name one of the inputs that the message lists; values belong under `with`.',
  },
  'missing-input': {
    severity: 'error',
    meaning: 'An input that the activity or part needs is not given.',
    example: 'uses: data/split, without `inputs`',
    mend: 'Give it a reference to an output of the kind that the message names.',
  },
  'wrong-kind': {
    severity: 'error',
    meaning: 'An artifact of one kind is given where another kind is taken.',
    example: 'uses: data/split, inputs: { instances: demos.trajectories }',
    mend: 'Refer to an output of the kind that the input takes.',
  },
  'wrong-section': {
    severity: 'error',
    meaning: 'A value for a part stands under `inputs`, or an artifact under `with`.',
    example: 'uses: part/attempt, with: { model: models.base }',
    mend: 'Artifacts stand under `inputs`, values under `with`.',
  },
  'artifact-in-with': {
    severity: 'error',
    meaning: 'An artifact, a file or a model stands under `with`, which takes values.',
    example: 'with: { seed: "${{ stages.split }}" }',
    mend: 'Move it to `inputs`.',
  },
  'invalid-reference': {
    severity: 'error',
    meaning: 'An input is not one reference.',
    example: 'inputs: { instances: "all of ${{ split.train }}" }',
    mend: 'Write `split.train`, one whole `${{ }}`, or a list of them.',
  },
  'pruned-input': {
    severity: 'error',
    meaning: 'A stage needs the output of a stage that its `if`, or an empty `foreach`, prunes.',
    example: 'inputs: { instances: real.instances }, where `real` has `if: false`',
    mend: 'Prune this stage as well, give an alternative with `||`, or put the reference into a list.',
  },
  cycle: {
    severity: 'error',
    meaning: 'Stages, parts or models need each other; the message prints the circle.',
    example: 'a: { inputs: { items: b.items } }, b: { inputs: { items: a.items } }',
    mend: 'Break the circle at one of them.',
  },
  'unused-stage': {
    severity: 'warning',
    meaning:
      'Nothing reads what a stage makes, though the recipe says by a report, an export or a comparison what its results are.',
    example: 'a stage `demos` that no other stage refers to, beside a `report/write`',
    mend: 'Use its outputs, name it in `targets`, or remove it.',
  },
  'unreachable-branch': {
    severity: 'warning',
    meaning: 'A stage can never run, or an alternative behind `||` can never be taken, whatever the params are.',
    example: 'params: { mode: { enum: [fast, slow] } }, if: "${{ params.mode == \'quick\' }}"',
    mend: 'Correct the condition, or remove what is never reached.',
  },
  'not-of-part': {
    severity: 'error',
    meaning: 'A stage that uses a part says something that only an activity has.',
    example: 'uses: part/attempt, timeout: 1h',
    mend: 'Say it in the stages of the part.',
  },
  'not-of-recipe': {
    severity: 'error',
    meaning:
      'A stage that uses a recipe says something that only an activity has, or uses a recipe that cannot be a stage.',
    example: 'uses: ./other.yaml, timeout: 1h',
    mend: 'Say it in the stages of that recipe; give values for its params under `with`.',
  },
  'outputs-of-activity': {
    severity: 'error',
    meaning: 'A stage declares outputs, but its activity has its own.',
    example: 'uses: data/split, outputs: { train: { path: train.jsonl } }',
    mend: 'Remove `outputs`; only commands declare them.',
  },
  'no-items': {
    severity: 'error',
    meaning: '`items` is said of an activity that does not work item by item.',
    example: 'uses: data/split, items: { concurrency: 4 }',
    mend: 'Use `timeout` and `retry`.',
  },
  'foreach-not-a-list': {
    severity: 'error',
    meaning: '`foreach` is neither a list nor a map.',
    example: 'foreach: params.phases',
    mend: 'Write an expression: `foreach: ${{ params.phases }}`, or a list.',
  },
  'duplicate-foreach-key': {
    severity: 'error',
    meaning: 'Two entries of a `foreach` have the same key, so that one address would mean two stages.',
    example: 'foreach: [a, a]',
    mend: 'Give each entry a `name` of its own.',
  },
  'invalid-foreach-key': {
    severity: 'error',
    meaning: 'The key of a `foreach` entry cannot be part of an address.',
    example: 'foreach: ["a b"]',
    mend: 'Give the entry a `name` of letters, digits, dots, dashes and underscores.',
  },
  'forbidden-flow': {
    severity: 'error',
    meaning: 'What `forbid` keeps out of an activity reaches it; the message prints the path.',
    example: 'forbid: { split.test: [sft/*] }',
    mend: 'Cut the path at a stage of it.',
  },
} as const satisfies Record<string, Code>;
