import type { Code } from './code.js';

/** Keys and values against the schemas of recipes and activities. */
export const shapeCodes = {
  'missing-key': {
    severity: 'error',
    meaning: 'Something that must be said is not.',
    example: 'a recipe without `name`, or `with` without a value that the activity requires',
    mend: 'Add the key that the message names.',
  },
  'unknown-key': {
    severity: 'error',
    meaning: 'A key is not one of those that can stand here.',
    example: 'stages: { tests: { uses: validate/run-tests, timeuot: 1h } }',
    mend: 'Correct its spelling, or remove it; artifacts stand under `inputs`, values under `with`.',
  },
  'invalid-name': {
    severity: 'error',
    meaning: 'A name has characters that names cannot have, as expressions could not refer to it.',
    example: 'stages: { split.data: { uses: data/split } }',
    mend: 'Use letters, digits, `_` and `-`, and begin with a letter or `_`.',
  },
  'reserved-name': {
    severity: 'error',
    meaning: 'A stage has the name of something that every expression can refer to.',
    example: 'stages: { params: { uses: data/split } }',
    mend: 'Give the stage another name.',
  },
  'invalid-value': {
    severity: 'error',
    meaning: 'A value is of the right type, but not one of those that are allowed.',
    example: 'with: { repeats: 0 }',
    mend: 'Choose a value that the message allows.',
  },
  'wrong-type': {
    severity: 'error',
    meaning: 'A value is of another type than is taken here.',
    example: 'with: { repeats: two }',
    mend: 'Write a value of the type that the message names; quotes make a string, no quotes a number.',
  },
  'unquoted-version': {
    severity: 'error',
    meaning: 'A version stands without quotes, so that YAML reads a number, and `1.10` becomes 1.1.',
    example: 'with: { python: 3.10 }',
    mend: 'Quote it: `with: { python: "3.10" }`.',
  },
  'invalid-duration': {
    severity: 'error',
    meaning: 'A time has no unit, or is no time.',
    example: 'timeout: 30',
    mend: 'Write a number with a unit: 10s, 30m, 8h, 7d.',
  },
  'invalid-size': {
    severity: 'error',
    meaning: 'A size of memory or disk cannot be read.',
    example: 'sandbox: { memory: lots }',
    mend: 'Write a number with a unit: 512m, 4g.',
  },
  'invalid-path': {
    severity: 'error',
    meaning: 'An output of a command lies outside of the folder of the command.',
    example: 'outputs: { data: { path: ../data.jsonl } }',
    mend: 'Give a relative path without `..`.',
  },
  'file-not-found': {
    severity: 'error',
    meaning:
      'A file that the recipe names is not there. In a profile other than the default one it is a warning of `mortar check`.',
    example: 'params: { list: { type: file, default: no-such.jsonl } }',
    mend: 'Correct the path, which is relative to the file that says it, or make the file.',
  },
  'extends-cycle': {
    severity: 'error',
    meaning: 'Recipes extend each other in a circle.',
    example: 'extends: circle.yaml, which extends this recipe',
    mend: 'Put what they share into a recipe that extends none of them.',
  },
} as const satisfies Record<string, Code>;
