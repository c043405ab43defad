import type { Code } from './code.js';

/** Params, profiles, `--set`, models and references. */
export const paramCodes = {
  'invalid-param': {
    severity: 'error',
    meaning: 'A param is given a value where it has to be declared first.',
    example: 'params: { seed: 17 }',
    mend: 'Declare it: `seed: { type: integer, default: 17 }`.',
  },
  'unknown-param': {
    severity: 'error',
    meaning: 'A profile, a matrix or `--set` speaks of a param that no recipe declares.',
    example: 'profiles: { tiny: { sead: 3 } }',
    mend: 'Correct the name, or declare the param.',
  },
  'unknown-schema': {
    severity: 'error',
    meaning: 'The `schema` of a param names no activity.',
    example: 'params: { sft: { schema: sft/trian } }',
    mend: 'Name an activity, such as sft/train, one of its params as sft/train#train, or models/serve.',
  },
  'expression-in-param': {
    severity: 'error',
    meaning: 'A param holds an expression; params are plain values.',
    example: 'params: { where: { type: string, default: "${{ params.other }}" } }',
    mend: 'Put the expression where the param is used.',
  },
  'invalid-set': {
    severity: 'error',
    meaning: 'A `--set` cannot be read.',
    example: 'mortar run recipe.yaml --set seed',
    mend: 'Write PARAM=VALUE, where the value is YAML: `--set sft.learning_rate=1e-4`.',
  },
  'profile-needed': {
    severity: 'error',
    meaning: 'The recipe has profiles, none was chosen, and there is no default.',
    example: 'profiles: { tiny: {}, large: {} }',
    mend: 'Choose one with `--profile`, or set `default_profile`.',
  },
  'unknown-profile': {
    severity: 'error',
    meaning: 'The profile that was chosen does not exist.',
    example: 'default_profile: tinny',
    mend: 'Choose one of those that the message lists.',
  },
  'unpinned-reference': {
    severity: 'warning',
    meaning: 'A reference names no revision: it may stand for something else tomorrow.',
    example: 'params: { tasks: { type: file, default: hf:org/tasks } }',
    mend: 'Add the revision: `hf:org/tasks@REVISION`, or let `mortar check --pin` write it.',
  },
  'literal-secret': {
    severity: 'error',
    meaning: 'A credential is written out: a token, a password, or an address with one in it.',
    example: 'models: { teacher: { model: name, url: "https://me:password@host/v1" } }',
    mend: 'Take it out of the recipe and its history, put it into the environment of the worker, and name it: `{ secret: NAME }`.',
  },
  'secret-as-environment': {
    severity: 'error',
    meaning: 'A name is read as a secret in one place and as plain environment, which is shown, in another.',
    example: 'models: { a: { model: a, url: { env: KEY }, key: { secret: KEY } } }',
    mend: 'Use `{ secret: NAME }` in both places, or two names.',
  },
  'invalid-model': {
    severity: 'error',
    meaning: 'A model does not say what it is, or says two things, or holds a credential.',
    example: 'models: { teacher: { hub: org/model, scripted: explore } }',
    mend: 'Say one of `scripted`, `hub`, `weights`, or `model` with `url`.',
  },
} as const satisfies Record<string, Code>;
