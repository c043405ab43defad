import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import type { Python } from '../trainer/python.js';
import type { ServeOptions } from './model.js';

export interface Server {
  readonly url: string;
  readonly model: string;
  alive(): boolean;
  stop(): Promise<void>;
}

export interface ServerSpec {
  /** Folder of the weights, or a hub name where the engine fetches it itself. */
  readonly model: string;
  readonly revision?: string;
  readonly serve: ServeOptions;
  /** Folder for the log. */
  readonly logs: string;
  /** Names the log file. */
  readonly name: string;
  readonly python: () => Python;
}

/** Milliseconds: a large model is read from disk for minutes; ours starts in seconds. */
const START_LIMIT = { local: 120_000, vllm: 1_800_000, sglang: 1_800_000 };

/** Starts a server that dies with this process. Resolves when it answers. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  const engine = spec.serve.engine ?? 'local';
  mkdirSync(spec.logs, { recursive: true });
  const log = join(spec.logs, `${spec.name}.log`);
  const { command, environment, port } = await commandOf(engine, spec);
  const errors = openSync(log, 'a');
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    env: environment,
    stdio: ['pipe', engine === 'local' ? 'pipe' : errors, errors],
  });
  closeSync(errors);
  child.stdin?.on('error', () => undefined);
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended ??= `it ended with ${signal ?? `code ${code ?? -1}`}`));
  const bound = engine === 'local' ? portOf(child) : Promise.resolve(port);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const server: Server = {
    url: '',
    model: spec.name,
    alive: () => ended === undefined,
    async stop() {
      process.removeListener('exit', kill);
      if (ended !== undefined) return;
      child.kill('SIGTERM');
      for (let waited = 0; waited < 3000 && ended === undefined; waited += 25) await sleep(25);
      if (ended === undefined) child.kill('SIGKILL');
    },
  };
  const deadline = Date.now() + START_LIMIT[engine];
  let url = '';
  while (Date.now() < deadline && ended === undefined) {
    const known = await Promise.race([bound, sleep(250, undefined)]);
    if (known !== undefined) {
      url = `http://127.0.0.1:${known}`;
      if (await answers(`${url}/health`)) return { ...server, url, model: engine === 'local' ? 'local' : spec.name };
      await sleep(engine === 'local' ? 20 : 1000);
    }
  }
  await server.stop();
  const reason = ended ?? `it did not answer within ${START_LIMIT[engine] / 1000} s`;
  if (engine !== 'local' && reason.includes('ENOENT')) {
    throw new UserError(
      'engine-missing',
      `serve.engine is ${engine}, but '${program}' is not installed on this worker. Install it, or start workers with it on the gpu queue.`,
    );
  }
  throw new InfrastructureError(
    'model-server',
    `The ${engine} server of ${spec.model} did not start: ${reason}. Its log is ${log}; last lines:\n${tail(log)}`,
  );
}

async function commandOf(
  engine: 'local' | 'vllm' | 'sglang',
  spec: ServerSpec,
): Promise<{ command: string[]; environment: NodeJS.ProcessEnv; port?: number }> {
  const { max_length: length, tensor_parallel: parallel } = spec.serve;
  const limit = (flag: string): string[] => (length === undefined ? [] : [flag, String(length)]);
  const revision = spec.revision === undefined ? [] : ['--revision', spec.revision];
  switch (engine) {
    case 'local': {
      const python = spec.python();
      const command = [
        python.command,
        '-m',
        'mortar_trainer',
        'serve',
        '--model',
        spec.model,
        '--port',
        '0',
        '--parent',
        String(process.pid),
        ...limit('--max-length'),
      ];
      return { command, environment: python.environment };
    }
    case 'vllm': {
      const port = await freePort();
      const command = [
        'vllm',
        'serve',
        spec.model,
        ...revision,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--served-model-name',
        spec.name,
        '--tensor-parallel-size',
        String(parallel ?? 1),
        ...limit('--max-model-len'),
      ];
      return { command, environment: process.env, port };
    }
    case 'sglang': {
      const port = await freePort();
      const command = [
        'python3',
        '-m',
        'sglang.launch_server',
        '--model-path',
        spec.model,
        ...revision,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--served-model-name',
        spec.name,
        '--tp',
        String(parallel ?? 1),
        ...limit('--context-length'),
      ];
      return { command, environment: process.env, port };
    }
  }
}

/** The first line of the local server's standard output. */
async function portOf(child: ChildProcess): Promise<number | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port: number };
    return port;
  }
  return undefined;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-12).join('\n');
  } catch {
    return '';
  }
}
