import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own, in a folder and an environment. */
export class CommandLine {
  readonly #running = new Set<ChildProcess>();

  constructor(
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  async run(...words: string[]): Promise<Answer> {
    return this.start(...words).ended;
  }

  /** Gives what it has said so far while it runs. */
  start(...words: string[]): Running {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: this.folder,
      env: { ...this.environment, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()));
    const ended = new Promise<Answer>((resolve) => {
      child.once('close', (code) => {
        this.#running.delete(child);
        resolve({ code, ...said });
      });
    });
    return { said, ended, interrupt: () => void child.kill('SIGINT') };
  }

  stop(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}

export interface Running {
  readonly said: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Answer>;
  interrupt(): void;
}

export function jsonLinesOf<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
