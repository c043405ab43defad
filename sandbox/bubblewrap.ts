import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { limitsCommand } from './limits.js';
import { lineProcess, runningChild, runToEnd, type Running } from './process.js';
import { BASE_ENVIRONMENT, boundRoot, boundRootDigest, type BoundRoot } from './root.js';
import { UserError } from '../recipe/errors.js';
import type { Sandbox, SandboxPort, SandboxSpec } from './sandbox.js';

/**
 * Sandboxes as unprivileged namespaces: own users, processes, network, mounts. Nothing outlives the worker: the first
 * process of a sandbox dies with it, and takes its process namespace along. `/tmp` is private to each command.
 */
export function bubblewrap(program: string): SandboxPort {
  return {
    adapter: 'bubblewrap',
    async describe() {
      const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 10_000 });
      return `${stdout.trim()}, no network, read-only root of the host, memory limited per process (no cgroup)`;
    },
    rootDigest: boundRootDigest,
    async open(spec, signal) {
      signal?.throwIfAborted();
      if (spec.image !== undefined) {
        throw new UserError(
          'sandbox-image',
          `Sandbox '${spec.name}' asks for the image '${spec.image}', which bubblewrap cannot run. Start Docker, or leave the image out.`,
        );
      }
      return openSandbox(program, spec, await boundRoot());
    },
  };
}

/** Checks that namespaces can be made here: a kernel or a container may forbid them. Null, or what it said. */
export async function probeBubblewrap(program: string): Promise<string | null> {
  try {
    const command = ['--unshare-all', '--ro-bind', '/', '/', '--', '/bin/true'];
    await promisify(execFile)(program, command, { timeout: 10_000 });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

function openSandbox(program: string, spec: SandboxSpec, root: BoundRoot): Sandbox {
  const running = new Set<Running>();
  let closed = false;
  const start = (command: readonly string[], environment?: Readonly<Record<string, string>>): Running => {
    if (closed) throw new Error(`Sandbox '${spec.name}' is closed.`);
    const child = spawn(
      program,
      [...bubblewrapArguments(spec, root, environment), '--', ...limitsCommand(spec), ...command],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {},
        // Its own group: Ctrl-C on the worker must not reach into the sandbox before the worker has drained.
        detached: true,
      },
    );
    const ends = runningChild(child);
    running.add(ends);
    void ends.exited.catch(() => undefined).then(() => running.delete(ends));
    return ends;
  };
  return {
    exec: (command, options) => runToEnd(start(command, options?.environment), options),
    async spawn(command, options) {
      return lineProcess(start(command, options?.environment));
    },
    async close() {
      closed = true;
      await Promise.all([...running].map((ends) => ends.kill()));
    },
  };
}

/** The whole command line before `--`. Exported for its test. */
export function bubblewrapArguments(
  spec: SandboxSpec,
  root: BoundRoot,
  environment: Readonly<Record<string, string>> = {},
): string[] {
  const variables = { ...BASE_ENVIRONMENT, ...spec.environment, ...environment };
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--hostname', 'sandbox'],
    ...['--cap-drop', 'ALL', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...root.binds.flatMap(({ host, guest }) => ['--ro-bind', host, guest]),
    ...root.links.flatMap(({ guest, target }) => ['--symlink', target, guest]),
    ...root.covered.flatMap((guest) => ['--tmpfs', guest]),
    ...spec.mounts.flatMap(({ host, guest, writable }) => [writable === true ? '--bind' : '--ro-bind', host, guest]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', spec.workdir],
  ];
}
