import type { Code } from './code.js';

/** `matrix` and `compare`. */
export const matrixCodes = {
  'plan-too-large': {
    severity: 'error',
    meaning:
      'A recipe comes to more stages than one plan can have, through `foreach`, a matrix, or parts within parts.',
    example: 'a `foreach` of 1,000 entries over a part with a `foreach` of 1,000 entries',
    mend: 'Let one stage work on many items, instead of many stages on one item each.',
  },
  'matrix-too-large': {
    severity: 'error',
    meaning: 'The axes multiply to more cells than a recipe may have.',
    example: 'matrix: three axes of 100 values each',
    mend: 'Drop an axis, or read it out of one wider run.',
  },
  'duplicate-cell': {
    severity: 'error',
    meaning: 'Two cells have the same name, so that their stages and results could not be told apart.',
    example: 'matrix: { seed: [1, "1"] }',
    mend: 'Write each value once, or give values labels: `seed: { number: 1, text: "1" }`.',
  },
  'empty-matrix': {
    severity: 'error',
    meaning: 'No cell is left.',
    example: 'matrix: { seed: [1], exclude: [{ seed: 1 }] }',
    mend: 'Exclude less.',
  },
  'exclude-nothing': {
    severity: 'warning',
    meaning: 'An entry of `exclude` matches no cell.',
    example: 'matrix: { seed: [1, 2], exclude: [{ seed: 3 }] }',
    mend: 'Correct the value, or remove the entry.',
  },
  'idle-axis': {
    severity: 'warning',
    meaning: 'An axis changes no stage: its cells are the same work, and count as replicates that they are not.',
    example: 'matrix: { seed: [1, 2] }, where no stage reads params.seed',
    mend: 'Use the param somewhere, or drop the axis.',
  },
  'compare-without-matrix': {
    severity: 'error',
    meaning: 'There is nothing to compare.',
    example: 'compare: { metric: score.rate }, without `matrix`',
    mend: 'Add a `matrix`, or give `metric` a list.',
  },
  'unknown-axis': {
    severity: 'error',
    meaning: '`baseline` or `average` names an axis that the matrix does not have.',
    example: 'compare: { average: [sead] }',
    mend: 'Name one of the axes that the message lists.',
  },
  'unknown-cell': {
    severity: 'error',
    meaning: 'The baseline is no cell of the matrix, or a metric is not of the stage of the others.',
    example: 'compare: { baseline: { masking: nothing } }',
    mend: 'Name a value of the axis as the matrix writes it, or its label.',
  },
  'ambiguous-baseline': {
    severity: 'warning',
    meaning: 'The baseline leaves an axis open, so that each value of it is compared with its own baseline.',
    example: 'compare: { baseline: { masking: none } }, beside an axis `model`',
    mend: 'Name the axis in `baseline`, or in `average`.',
  },
  'cells-differ': {
    severity: 'error',
    meaning: 'Cells are scored on different instances, which cannot be compared.',
    example: 'matrix: { split.seed: [1, 2] }',
    mend: 'Let the axis act after the split.',
  },
} as const satisfies Record<string, Code>;
