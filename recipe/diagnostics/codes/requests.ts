import type { Code } from './code.js';

/** What a run asks for beside its recipe: `retry RUN STAGE --set`. */
export const requestCodes = {
  'set-changes-nothing': {
    severity: 'error',
    meaning: 'Values for one stage change nothing in that stage itself, but perhaps upstream of it.',
    example: 'mortar retry RUN sft --set samples=16, where only the rollouts read params.samples',
    mend: 'Leave the stage out: the values are then for the whole recipe.',
  },
  'set-prunes-stage': {
    severity: 'error',
    meaning: 'With these values the `if` of the named stage is false.',
    example: 'mortar retry RUN masked --set masking=none, where masked has `if: params.masking != "none"`',
    mend: 'Leave the stage out, or skip it.',
  },
  'set-reads-new-stage': {
    severity: 'error',
    meaning: 'With these values the named stage reads a stage that the run does not have.',
    example: 'mortar retry RUN sft --set masking=traceback, where that adds the stage masked',
    mend: 'Leave the stage out: the values are then for the whole recipe.',
  },
} as const satisfies Readonly<Record<string, Code>>;
