import type { Code } from './code.js';

/** Expressions, predicates and the references in them. */
export const expressionCodes = {
  'invalid-expression': {
    severity: 'error',
    meaning: 'An expression cannot be parsed.',
    example: `if: \${{ params.mode = 'fast' }}`,
    mend: 'Equality is `==`, strings take single quotes, and every bracket is closed.',
  },
  'empty-expression': {
    severity: 'error',
    meaning: 'An expression says nothing.',
    example: 'if: ${{ }}',
    mend: 'Say something between the braces, or remove the key.',
  },
  'unknown-name': {
    severity: 'error',
    meaning: 'An expression begins with a name, or asks for a param or model, that does not exist here.',
    example: 'with: { seed: "${{ params.sead }}" }',
    mend: 'Correct the name; the message lists what there is.',
  },
  'unknown-output': {
    severity: 'error',
    meaning: 'A stage has no output of that name.',
    example: 'inputs: { instances: split.trian }',
    mend: 'Name one of the outputs that the message lists.',
  },
  'unknown-property': {
    severity: 'error',
    meaning: 'An object, or the records that a predicate is about, has no such property.',
    example: 'where: item.turn <= 50',
    mend: 'Name one of the properties that the message lists.',
  },
  'unknown-scalar': {
    severity: 'error',
    meaning: 'An `expect` speaks of a scalar output that the activity does not have.',
    example: 'expect: outputs.valid_shar >= 0.5',
    mend: 'Name one of the scalars that the message lists; `mortar activities NAME` describes them.',
  },
  'unknown-function': {
    severity: 'error',
    meaning: 'There is no such function.',
    example: "if: ${{ startwith(params.mode, 'f') }}",
    mend: 'Use contains, startsWith, endsWith, format, join, toJSON or fromJSON.',
  },
  'invalid-call': {
    severity: 'error',
    meaning: 'A function is called with values that it does not take.',
    example: 'with: { name: "${{ join(params.seed) }}" }',
    mend: 'Give it the number and types of values that it takes.',
  },
  'invalid-index': {
    severity: 'error',
    meaning: 'What stands in the brackets, or after the dot, is no position of a list and no name.',
    example: 'with: { seed: "${{ params.seeds.first }}" }',
    mend: 'A list takes a position, as in `[0]`; an object takes a name.',
  },
  'no-members': {
    severity: 'error',
    meaning: 'A number, a text or an artifact is asked for a member.',
    example: 'with: { seed: "${{ params.seed.train }}" }',
    mend: 'Refer to the value itself, or make the param an object.',
  },
  'not-a-list': {
    severity: 'error',
    meaning: '`[*]` is asked of something that is neither a list nor a foreach stage.',
    example: 'inputs: { scores: "score[*].score" }',
    mend: 'Refer to the output itself.',
  },
  'foreach-needs-key': {
    severity: 'error',
    meaning: 'An output of a foreach stage is named without saying of which of its entries.',
    example: 'inputs: { model: sft.model }',
    mend: 'Say which: `sft[easy].model`, `sft[last].model` or `sft[*].model`.',
  },
  'unknown-foreach-key': {
    severity: 'error',
    meaning: 'A foreach stage has no entry of that key.',
    example: 'inputs: { model: "sft[eazy].model" }',
    mend: 'Name one of the keys that the message lists.',
  },
  incomparable: {
    severity: 'error',
    meaning: 'A comparison is between values of different types, or orders what has no order.',
    example: "where: item.turns <= 'ten'",
    mend: 'Compare numbers with numbers and text with text.',
  },
  'null-comparison': {
    severity: 'error',
    meaning: 'A predicate compares with null; an item whose value is missing passes no comparison at all.',
    example: 'where: item.turns != null',
    mend: 'Leave it out: the comparison with a real value excludes what is missing.',
  },
  'never-equal': {
    severity: 'error',
    meaning: 'A predicate compares a property with a value that it never has.',
    example: "where: item.class == 'resolvd'",
    mend: 'Use one of the values that the message lists.',
  },
  'predicate-not-boolean': {
    severity: 'error',
    meaning: 'A predicate is not true or false of an item.',
    example: 'where: item.turns',
    mend: 'Compare the value: `item.turns <= 50`.',
  },
  'value-needed': {
    severity: 'error',
    meaning: 'An artifact, a stage or a list stands where a single value is needed, at the time of the plan.',
    example: 'with: { title: "of ${{ stages.split }}" }',
    mend: 'Artifacts exist only when the run gets there: pass them as `inputs`.',
  },
} as const satisfies Record<string, Code>;
