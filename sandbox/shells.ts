import { randomUUID } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError } from '../recipe/errors.js';
import type { Environment } from '../schemas/records.js';
import { checkoutFolder } from './checkout-folder.js';
import { pythonEnvironment } from './python-environment.js';
import type { SandboxContext } from './sandbox-context.js';
import type { ExecResult } from './sandbox.js';

/** Where the tree stands in the sandbox. */
export const WORKSPACE = '/workspace';

export interface ShellRequest {
  /** Unified diffs that make the tree out of the checkout. */
  readonly patches: readonly string[];
  /** Files that the agent must not see: those of hidden tests. */
  readonly hidden: readonly string[];
}

/** A private copy of a checkout in a sandbox of its own, as a git repository of one commit: there is no history to look up. */
export interface Shell {
  /** Runs a bash command in the tree; the whole process group is killed at the limit. @param timeout milliseconds */
  run(command: string, timeout: number): Promise<ExecResult>;
  /** Text of a file; null where there is none. */
  read(path: string): Promise<string | null>;
  write(path: string, text: string): Promise<void>;
  /** Unified diff against the tree as it was opened; compiled files and caches left out. */
  diff(): Promise<string>;
  close(): Promise<void>;
}

const ENVIRONMENT = {
  PATH: '/environment/bin:/usr/local/bin:/usr/bin:/bin',
  VIRTUAL_ENV: '/environment',
  HOME: '/tmp',
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'true',
  PIP_PROGRESS_BAR: 'off',
  TQDM_DISABLE: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  DEBIAN_FRONTEND: 'noninteractive',
};
const QUICK = 60_000;
const GIT = 'git -c user.name=mortar -c user.email=mortar@localhost -c core.fileMode=false -c commit.gpgsign=false';

/** Throws an InfrastructureError where the sandbox cannot be prepared. */
export async function openShell(
  environment: Environment,
  request: ShellRequest,
  context: Omit<SandboxContext, 'log'>,
): Promise<Shell> {
  const [packages, tree] = await Promise.all([
    pythonEnvironment(environment.lock, context.cache),
    checkoutFolder(environment.checkout, context.blobs, context.cache),
  ]);
  const name = `mortar-shell-${randomUUID().slice(0, 13)}`;
  const folder = join(context.directory, 'shells', name);
  await mkdir(join(context.directory, 'shells'), { recursive: true });
  await cp(tree, folder, { recursive: true, verbatimSymlinks: true });
  for (const file of request.hidden) await rm(join(folder, file), { force: true });
  const sandbox = await context.sandbox
    .open(
      {
        name,
        ...(environment.image === undefined ? {} : { image: environment.image }),
        mounts: [
          { host: packages, guest: '/environment' },
          { host: folder, guest: WORKSPACE, writable: true },
        ],
        workdir: WORKSPACE,
        environment: ENVIRONMENT,
        network: 'none',
      },
      context.signal,
    )
    .catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
  const options = (timeout: number) => ({ timeout, environment: ENVIRONMENT, signal: context.signal });
  const bash = (script: string, stdin?: string): Promise<ExecResult> =>
    sandbox.exec(['bash', '-c', script], {
      ...options(QUICK),
      maxBytes: 8 << 20,
      ...(stdin === undefined ? {} : { stdin }),
    });
  const close = async (): Promise<void> => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  };
  const must = async (script: string, stdin?: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await bash(script, stdin);
    if (exitCode === 0) return stdout;
    throw new InfrastructureError(
      'shell',
      `In the sandbox of ${environment.repo}, \`${script}\` ended with ${exitCode}: ${stderr.slice(0, 400)}`,
    );
  };
  try {
    await must(`${GIT} init -q`);
    for (const patch of request.patches) await must(`${GIT} apply --unidiff-zero -`, patch);
    await must(`${GIT} add -A -f && ${GIT} commit -q --allow-empty -m base`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    run: (command, timeout) => {
      const seconds = Math.max(1, Math.ceil(timeout / 1000));
      // The sandbox kills the group too, a little later: `timeout` leaves a proper exit code.
      return sandbox.exec(
        ['setsid', '--wait', 'timeout', '-k', '5', String(seconds), 'bash', '-c', command],
        options(timeout + 10_000),
      );
    },
    async read(path) {
      const { exitCode, stdout } = await bash(`test -f ${quoted(path)} && cat ${quoted(path)}`);
      return exitCode === 0 ? stdout : null;
    },
    async write(path, text) {
      await must(`mkdir -p "$(dirname ${quoted(path)})" && cat > ${quoted(path)}`, text);
    },
    diff: () =>
      must(
        `${GIT} add -A && ${GIT} diff --cached --no-color HEAD -- . ':!*.pyc' ':!**/__pycache__/**' ':!.pytest_cache'`,
      ),
    close,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
