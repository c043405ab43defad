import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../schemas/records.js';
import { checkoutFolder } from './checkout-folder.js';
import { pythonEnvironment } from './python-environment.js';
import type { Repository, TestOutcome, TestRequest, Workspace } from './repository.js';
import { RunnerClient, RunnerError } from './runner-client.js';
import { openWorkspace } from './runner-workspace.js';
import type { SandboxContext } from './sandbox-context.js';
import type { Sandbox } from './sandbox.js';

export type RepositoryContext = Omit<SandboxContext, 'directory'>;

/** What of an environment the runner needs: so that a repository can be opened before its environment is known in full. */
export type RepositoryEnvironment = Pick<Environment, 'environment_id' | 'repo' | 'lock' | 'checkout'>;

/** What collecting the tests showed. */
export interface Collection {
  readonly tests: readonly string[];
  /** Tests, parameters left out, whose parameters have other names in another process: nothing can be said of them. */
  readonly shifting: readonly string[];
  /** Files that could not be collected, with the last line of each error. */
  readonly errors: readonly string[];
}

/** A repository with the operations that only the making of environments needs. */
export interface WarmRepository extends Repository {
  collect(signal?: AbortSignal): Promise<Collection>;
  /** By 'file::symbol', the tests that call it; those that call the least first. */
  coverage(tests: readonly string[], timeout: number, signal?: AbortSignal): Promise<Record<string, string[]>>;
  /** Gives it back: it is closed a moment after the last one gave it back. Idempotent; one never given back is closed when idle. */
  close(): Promise<void>;
}

const IDLE = 60_000;
/** Long enough for the next stage or shard to take it over warm. */
const UNUSED = 20_000;
/** Tests that are run at once in one repository. */
const CONCURRENCY = 2;
/** Importing a package and collecting its tests; more is a hang. */
const READY_TIMEOUT = 300_000;

const pool = new Map<string, PooledRepository>();

/**
 * The environment's repository in this worker: opened once, shared, closed when idle for a minute, restarted where its
 * runner died. Throws a RunnerError (infrastructure) where the runner cannot be started.
 */
export async function openRepository(environment: Environment, context: RepositoryContext): Promise<WarmRepository> {
  let pooled = pool.get(environment.environment_id);
  if (pooled === undefined) {
    pooled = new PooledRepository(environment, context);
    pool.set(environment.environment_id, pooled);
  }
  // The lease comes first: starting takes longer than an unused repository is kept.
  const lease = pooled.lease();
  try {
    await pooled.runner();
  } catch (error) {
    await lease.close();
    throw error;
  }
  return lease;
}

/** Closes all repositories of this worker: for its drain, and for tests. */
export async function closeRepositories(): Promise<void> {
  const open = [...pool.values()];
  pool.clear();
  await Promise.all(open.map((repository) => repository.close()));
}

interface Started {
  readonly client: RunnerClient;
  readonly sandbox: Sandbox;
}

class PooledRepository {
  readonly environment: Environment;
  #leases = 0;
  #asking = 0;
  readonly #context: RepositoryContext;
  #started: Promise<Started> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(environment: Environment, context: RepositoryContext) {
    this.environment = environment;
    this.#context = context;
  }

  /** The runner, started where there is none or where it died. */
  async runner(): Promise<RunnerClient> {
    // Installing may take longer than an idle repository is kept.
    this.#asking++;
    try {
      return await this.#runner();
    } finally {
      this.#asking--;
    }
  }

  async #runner(): Promise<RunnerClient> {
    this.#touch();
    // A lease outlives an idle close.
    if (!pool.has(this.environment.environment_id)) pool.set(this.environment.environment_id, this);
    const before = this.#started;
    if (before !== undefined) {
      const started = await before.catch(() => null);
      if (started?.client.alive === true) return started.client;
      // Whoever comes first restarts it; the others find the new promise.
      if (this.#started === before) {
        if (started !== null) {
          this.#context.log('warn', `The runner of ${this.environment.repo} died; it is started again.`);
          await started.sandbox.close();
        }
        if (this.#started === before) this.#started = undefined;
      }
    }
    this.#started ??= startRunner(this.environment, this.#context);
    try {
      return (await this.#started).client;
    } catch (error) {
      this.#started = undefined;
      throw error;
    }
  }

  lease(): WarmRepository {
    this.#leases++;
    let held = true;
    return {
      environment: this.environment,
      run: (request, signal) => this.#run(request, signal),
      workspace: (patches, signal): Promise<Workspace> =>
        openWorkspace((operation, fields) => this.#ask(operation, fields, signal), patches),
      collect: (signal) => this.#ask('collect', {}, signal),
      coverage: (tests, timeout, signal) => this.#ask('coverage', { tests, timeout }, signal),
      close: async () => {
        if (!held) return;
        held = false;
        this.#leases--;
        this.#touch();
      },
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const started = await this.#started?.catch(() => undefined);
    this.#started = undefined;
    await started?.sandbox.close();
  }

  async #ask<T>(operation: string, fields: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<T> {
    this.#asking++;
    try {
      const client = await this.runner();
      return await client.request<T>(operation, fields, signal);
    } finally {
      this.#asking--;
      this.#touch();
    }
  }

  /** Tried once more with a new runner where the old one died: of another run's doing, most likely. */
  async #run(request: TestRequest, signal?: AbortSignal): Promise<TestOutcome> {
    try {
      return await this.#ask<TestOutcome>('run', { ...request }, signal);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      return this.#ask<TestOutcome>('run', { ...request }, signal);
    }
  }

  #touch(): void {
    clearTimeout(this.#idle);
    const patience = this.#leases > 0 ? IDLE : UNUSED;
    this.#idle = setTimeout(() => void this.#closeIfIdle(), patience).unref();
  }

  async #closeIfIdle(): Promise<void> {
    if (this.#asking > 0) {
      this.#touch();
      return;
    }
    if (pool.get(this.environment.environment_id) === this) pool.delete(this.environment.environment_id);
    await this.close();
  }
}

async function startRunner(environment: RepositoryEnvironment, context: RepositoryContext): Promise<Started> {
  const [packages, tree] = await Promise.all([
    pythonEnvironment(environment.lock, context.cache),
    checkoutFolder(environment.checkout, context.blobs, context.cache),
  ]);
  const { checkout } = environment;
  const sandbox = await context.sandbox.open({
    // The process is part of the name: two workers on one host may have the same repository open.
    name: `mortar-${createHash('sha256').update(environment.environment_id).digest('hex').slice(0, 12)}-${process.pid}-${randomUUID().slice(0, 4)}`,
    mounts: [
      { host: packages, guest: '/environment' },
      { host: tree, guest: '/checkout' },
      { host: runnerFolder(), guest: '/runner' },
    ],
    workdir: '/tmp',
    cpus: CONCURRENCY,
  });
  const options = {
    checkout: '/checkout',
    root: checkout.root,
    tests: checkout.tests,
    deselect: checkout.deselect ?? [],
    concurrency: CONCURRENCY,
  };
  try {
    const client = new RunnerClient(
      await sandbox.spawn(['/environment/bin/python', '-s', '/runner', JSON.stringify(options)], {
        environment: { VIRTUAL_ENV: '/environment', PATH: '/environment/bin:/usr/local/bin:/usr/bin:/bin' },
      }),
    );
    await client.request('ready', {}, AbortSignal.timeout(READY_TIMEOUT));
    return { client, sandbox };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

/** The Python sources stand beside this file's source, not beside its compiled form. */
function runnerFolder(): string {
  const beside = fileURLToPath(new URL('./runner', import.meta.url));
  return existsSync(join(beside, '__main__.py'))
    ? beside
    : fileURLToPath(new URL('../../sandbox/runner', import.meta.url));
}
