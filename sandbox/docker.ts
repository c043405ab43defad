import { PassThrough, type Duplex } from 'node:stream';
import Docker from 'dockerode';
import { InfrastructureError } from '../recipe/errors.js';
import { DEFAULT_CPUS, DEFAULT_MEMORY, DEFAULT_PIDS } from './limits.js';
import { lineProcess, runToEnd, type Running } from './process.js';
import { BASE_ENVIRONMENT, boundRoot, boundRootDigest, type BoundRoot } from './root.js';
import { rootImage } from './root-image.js';
import type { Sandbox, SandboxPort, SandboxSpec } from './sandbox.js';

const LABEL = 'mortar.sandbox';

/** Null where Docker (or Podman's Docker socket) answers, else why not. DOCKER_HOST is honoured. */
export async function probeDocker(): Promise<string | null> {
  try {
    await new Docker({ timeout: 5000 }).ping();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Sandboxes as containers: without a network and capabilities, with limits of a cgroup. */
export function docker(engine: Docker = new Docker()): SandboxPort {
  return {
    adapter: 'docker',
    async describe() {
      const version = await engine.version();
      return `Docker ${version.Version} (${version.Os}/${version.Arch}), no network, read-only root`;
    },
    rootDigest: boundRootDigest,
    async open(spec, signal) {
      signal?.throwIfAborted();
      const root = spec.image === undefined ? await boundRoot() : undefined;
      const image = spec.image ?? (await rootImage(engine, root?.links ?? []));
      await removeStale(engine, spec.name);
      const container = await engine.createContainer(containerOptions(spec, image, root)).catch((error: unknown) => {
        throw new InfrastructureError(
          'docker-create',
          `Docker could not create the container of sandbox '${spec.name}' from image '${image}': ${words(error)}`,
        );
      });
      // Its first process reads from us: when the worker is killed, the input ends, it exits, and Docker removes the container.
      const lifeline = await container.attach({ stream: true, stdin: true, hijack: true });
      lifeline.on('error', () => undefined);
      await container.start();
      return new DockerSandbox(engine, container, lifeline as unknown as Duplex, spec);
    },
  };
}

class DockerSandbox implements Sandbox {
  #commands = 0;
  #closed = false;

  constructor(
    private readonly engine: Docker,
    private readonly container: Docker.Container,
    private readonly lifeline: Duplex,
    private readonly spec: SandboxSpec,
  ) {}

  async exec(...[command, options]: Parameters<Sandbox['exec']>): ReturnType<Sandbox['exec']> {
    return runToEnd(await this.#start(command, options?.environment), options);
  }

  async spawn(...[command, options]: Parameters<Sandbox['spawn']>): ReturnType<Sandbox['spawn']> {
    return lineProcess(await this.#start(command, options?.environment));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.lifeline.destroy();
    await this.container.remove({ force: true }).catch(ignoreGone);
  }

  async #start(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Running> {
    if (this.#closed) throw new Error(`Sandbox '${this.spec.name}' is closed.`);
    const number = ++this.#commands;
    // Docker tells the process id in the host's namespace only; the command itself tells the one that can be killed from inside.
    const pidFile = `/tmp/.mortar-${number}`;
    const exec = await this.container
      .exec({
        Cmd: ['/bin/sh', '-c', `echo $$ > ${pidFile}; exec "$@"`, 'sh', ...command],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Env: variables(environment),
        WorkingDir: this.spec.workdir,
      })
      .catch(this.#lost);
    const stream = await exec.start({ hijack: true, stdin: true }).catch(this.#lost);
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    this.engine.modem.demuxStream(stream, stdout, stderr);
    let killed = false;
    const exited = new Promise<number>((resolve) => {
      const end = (): void => {
        stdout.end();
        stderr.end();
        // The code is there only once the daemon has seen the end.
        void exitCode(exec).then((code) => resolve(killed ? -1 : code));
      };
      stream.once('end', end);
      stream.once('close', end);
      stream.once('error', end);
    });
    return {
      stdin: stream,
      stdout,
      stderr,
      exited,
      kill: async () => {
        killed = true;
        await this.#kill(pidFile);
        // A process that left the group may hold the streams; nothing more is read of them.
        stream.destroy();
        await exited;
      },
    };
  }

  /** The container ended under us: memory, the daemon, someone's `docker rm`. */
  readonly #lost = (error: unknown): never => {
    throw new InfrastructureError(
      'docker-exec',
      `Docker could not start a command in sandbox '${this.spec.name}': ${words(error)}`,
    );
  };

  /** Kills the command's whole session: it was made a session leader, so its number is that of its group. */
  async #kill(pidFile: string): Promise<void> {
    const script = `for i in 1 2 3 4 5; do [ -s ${pidFile} ] && break; sleep 0.1; done; kill -s KILL -- -$(cat ${pidFile})`;
    const exec = await this.container
      .exec({ Cmd: ['/bin/sh', '-c', script], AttachStdout: true, AttachStderr: true })
      .catch(() => null);
    if (exec === null) return;
    // Where the container ended meanwhile, so did the command.
    const stream = await exec.start({ hijack: true, stdin: false }).catch(() => null);
    if (stream === null) return;
    await new Promise<void>((resolve) =>
      stream
        .on('data', () => undefined)
        .once('end', resolve)
        .once('error', () => resolve())
        .once('close', resolve),
    );
  }
}

async function exitCode(exec: Docker.Exec): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const state = await exec.inspect().catch(() => null);
    if (state === null) return -1;
    if (!state.Running) return state.ExitCode ?? -1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return -1;
}

async function removeStale(engine: Docker, name: string): Promise<void> {
  await engine.getContainer(name).remove({ force: true }).catch(ignoreGone);
}

/** Gone already, or being removed by Docker itself: what was wanted. */
function ignoreGone(error: unknown): void {
  const code = (error as { statusCode?: number }).statusCode;
  if (code !== 404 && code !== 409) throw error;
}

function containerOptions(
  spec: SandboxSpec,
  image: string,
  root: BoundRoot | undefined,
): Docker.ContainerCreateOptions {
  const binds = [
    ...(root?.binds ?? []).map(({ host, guest }) => `${host}:${guest}:ro`),
    ...spec.mounts.map(({ host, guest, writable }) => `${host}:${guest}:${writable === true ? 'rw' : 'ro'}`),
  ];
  const memory = spec.memory ?? DEFAULT_MEMORY;
  const covered = Object.fromEntries((root?.covered ?? []).map((path) => [path, 'ro,size=4k']));
  return {
    name: spec.name,
    Image: image,
    Cmd: ['/bin/cat'],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    Env: variables({ ...BASE_ENVIRONMENT, ...spec.environment }),
    WorkingDir: spec.workdir,
    Hostname: 'sandbox',
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    Labels: { [LABEL]: spec.name },
    NetworkDisabled: true,
    HostConfig: {
      AutoRemove: true,
      Init: true,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Binds: binds,
      Tmpfs: { '/tmp': 'rw,exec,mode=1777', ...covered },
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round((spec.cpus ?? DEFAULT_CPUS) * 1e9),
      PidsLimit: spec.pids ?? DEFAULT_PIDS,
    },
  };
}

function variables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
