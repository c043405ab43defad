/** A git command that failed: what it said. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';

  constructor(
    message: string,
    readonly timedOut: boolean,
  ) {
    super(message);
  }
}

export interface GitOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it is run. */
  readonly folder?: string;
  /** Over the network: the machine's own configuration knows proxies, certificates and credentials. */
  readonly remote?: boolean;
}

/** Runs git without prompts, hooks and pagers; gives what it printed, byte for byte as UTF-8. Throws a GitFailure. */
export async function git(command: readonly string[], options: GitOptions): Promise<string> {
  const { signal, timeout, environment = {}, folder, remote = false } = options;
  const { execa } = await import('execa');
  const result = await execa('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false', ...command], {
    env: {
      ...(remote ? {} : { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }),
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'https:ssh:git:file',
      GIT_LFS_SKIP_SMUDGE: '1',
      LC_ALL: 'C',
      ...environment,
    },
    ...(folder === undefined ? {} : { cwd: folder }),
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    maxBuffer: 512 << 20,
    timeout,
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  if (result.exitCode === 0) return result.stdout;
  signal.throwIfAborted();
  const said = result.stderr.trim().slice(-500);
  throw new GitFailure(
    `git ${command.find((word) => /^[a-z]/.test(word)) ?? ''} ${result.timedOut ? 'ran out of time' : 'failed'}: ${said}`,
    result.timedOut,
  );
}

/** Options of `git diff` that make what `applyPatch` reads, whatever the repository's own configuration says. */
export const DIFF = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--unified=3',
];

/** Over the tree's own .gitattributes: bytes are read and written as they are. */
export const ATTRIBUTES = '* -text -ident !filter !working-tree-encoding !diff\n';
