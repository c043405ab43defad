import type { Code } from './code.js';

/** The text itself: before it is known to be a recipe. */
export const yamlCodes = {
  'yaml-syntax': {
    severity: 'error',
    meaning: 'The file is not YAML 1.2.',
    example: 'name: "no end',
    mend: 'Mend the line that the caret points at; often a quote, a bracket or an indentation is missing.',
  },
  'duplicate-key': {
    severity: 'error',
    meaning: 'A key stands twice in one map, so that one of its values would be lost.',
    example: 'stages: { split: { uses: data/split }, split: { uses: data/select } }',
    mend: 'Rename or remove one of the two.',
  },
  'unquoted-expression': {
    severity: 'error',
    meaning: 'Within `{ }` or `[ ]` YAML reads the braces of an expression as its own.',
    example: 'with: { seed: ${{ params.seed }} }',
    mend: 'Quote it: `with: { seed: "${{ params.seed }}" }`.',
  },
  'tag-not-expression': {
    severity: 'error',
    meaning: 'YAML reads a word that begins with `!` as a tag, and the value as empty.',
    example: 'if: !params.train',
    mend: 'Write it as a quoted expression: `if: "${{ !params.train }}"`.',
  },
  'file-too-large': {
    severity: 'error',
    meaning: 'A recipe file is larger than a recipe can sensibly be.',
    example: 'a list of a million entries written into the recipe',
    mend: 'Put large data into a file of its own, and name it by a param of type `file`.',
  },
  'text-too-long': {
    severity: 'error',
    meaning: 'One text is longer than a recipe can hold, as it is written or as an expression puts it together.',
    example: 'a file of two million characters, pasted as one value',
    mend: 'Put it into a file of its own, and name it by a param of type `file`.',
  },
  'too-deep': {
    severity: 'error',
    meaning: 'Lists and objects stand too deep within each other.',
    example: '[[[[[[ … ]]]]]]',
    mend: 'Flatten the value; nothing in a recipe nests that deep.',
  },
  'alias-expansion': {
    severity: 'error',
    meaning: 'Aliases stand for themselves, or for more values than a recipe may have.',
    example: 'a: &a [*a]',
    mend: 'Write the value out, or repeat stages with `foreach` or `matrix`.',
  },
} as const satisfies Record<string, Code>;
