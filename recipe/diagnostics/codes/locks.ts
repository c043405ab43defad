import type { Code } from './code.js';

/** What `--locked` finds: in `recipe.lock.json`, at the value that is another one now. */
export const lockCodes = {
  'not-locked': {
    severity: 'error',
    meaning: 'There is no lock file beside the recipe, or it has no lock of this profile.',
    example: 'mortar run recipe.yaml --locked',
    mend: 'Write it with `mortar lock recipe.yaml --profile NAME`, and keep it in version control.',
  },
  'lock-differs': {
    severity: 'error',
    meaning: 'Something that decides what the recipe comes to is not what it was when it was locked.',
    example: 'mortar run recipe.yaml --locked --set seed.data=18',
    mend: 'Bring back what was locked, or lock what is there now with `mortar lock`.',
  },
} as const satisfies Readonly<Record<string, Code>>;
