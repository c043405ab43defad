/** Where instance code runs: no network, a private file system. Adapters: docker, bubblewrap. */
export interface SandboxPort {
  readonly adapter: 'docker' | 'bubblewrap';
  /** Version and mode in words, for `doctor` and the run header. */
  describe(): Promise<string>;
  /** Digest of the root that sandboxes see (image digest; for a bound root: the interpreter's and system libraries' identity). */
  rootDigest(): Promise<string>;
  /** Opens a sandbox; one that a killed worker left under the same name is removed first. */
  open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>;
}

export interface Mount {
  readonly host: string;
  readonly guest: string;
  readonly writable?: boolean;
}

export interface SandboxSpec {
  /** Deterministic, unique on the host: letters, digits, dashes. */
  readonly name: string;
  /** Image with digest; without one, the host's /usr and the worker's Python are bound read-only. */
  readonly image?: string;
  readonly mounts: readonly Mount[];
  /** Working folder in the sandbox. */
  readonly workdir: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly network?: 'none';
  /** Bytes. @default 4 GiB */
  readonly memory?: number;
  /** @default 1 */
  readonly cpus?: number;
  /** @default 256 */
  readonly pids?: number;
}

export interface Sandbox {
  /** Runs a command to its end; its whole process group is killed at the time limit. Never throws for a non-zero exit. */
  exec(command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Starts a long-lived program that is spoken to in lines. */
  spawn(
    command: readonly string[],
    options?: { environment?: Readonly<Record<string, string>> },
  ): Promise<SandboxProcess>;
  /** Kills everything inside and removes it. Idempotent. */
  close(): Promise<void>;
}

export interface ExecOptions {
  readonly stdin?: string;
  /** Milliseconds. @default 600000 */
  readonly timeout?: number;
  /** Kept bytes of stdout and of stderr; the middle goes. @default 1 MiB */
  readonly maxBytes?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told each line as it is written. */
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface SandboxProcess {
  /** Writes one line to its standard input. */
  send(line: string): Promise<void>;
  /** Lines of its standard output; ends when it exits. */
  readonly lines: AsyncIterable<string>;
  /** The end of what it wrote to its standard error so far. */
  lastWords(): string;
  /** Resolves with the exit code, or -1 where it was killed. */
  readonly exited: Promise<number>;
  kill(): Promise<void>;
}
