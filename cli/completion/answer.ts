import type { Candidate } from './candidate.js';
import type { Shell } from './scripts.js';

/** Candidates as a shell's script reads them: a line each, with a tab before the description where the shell shows it. */
export function answer(shell: Shell, typed: string, candidates: readonly Candidate[], breaks = '=:'): string[] {
  switch (shell) {
    case 'bash': {
      // Readline puts what it gets in place of what stands behind the last of its word breaks.
      const at =
        Math.max(...[...breaks].filter((sign) => '=:'.includes(sign)).map((sign) => typed.lastIndexOf(sign)), -1) + 1;
      return candidates.map(({ value }) => value.slice(at));
    }
    case 'zsh':
    case 'fish':
      return candidates.map(({ value, description }) =>
        description === undefined ? value : `${value}\t${description.replaceAll(/\s+/g, ' ')}`,
      );
  }
}
