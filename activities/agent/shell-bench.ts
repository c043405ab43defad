import type { Shell } from '../../sandbox/shells.js';

/** What the tools of the text protocol work on. */
export interface ShellBench {
  readonly shell: Pick<Shell, 'run' | 'read' | 'write' | 'diff'>;
  /** Whether the tree changed since this was last asked. */
  changed(): Promise<boolean>;
}

export function shellBench(shell: ShellBench['shell']): ShellBench {
  let last = '';
  return {
    shell,
    async changed() {
      const now = await shell.diff();
      const differs = now !== last;
      last = now;
      return differs;
    },
  };
}
