import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../recipe/errors.js';
import { findPython, type PythonOptions } from '../trainer/python.js';
import { chatClient } from './chat-client.js';
import type { ModelClient, ModelInput, ModelsPort, ServeOptions } from './model.js';
import { ServerPool } from './pool.js';
import { probe, type Needs } from './probe.js';
import type { ServerSpec } from './server.js';

export interface ModelsOptions extends PythonOptions {
  /** Folder for server logs. @default logs/models in Mortar's cache */
  readonly logs?: string;
  /** Milliseconds after which an unused server is stopped. @default 30000 */
  readonly idle?: number;
  readonly onWarning?: (message: string) => void;
}

export interface Models extends ModelsPort {
  /** Stops all servers. */
  close(): Promise<void>;
}

const open = new Set<Models>();

/** Stops the servers of all ports of this process: for a draining worker. */
export async function closeModels(): Promise<void> {
  await Promise.all([...open].map((models) => models.close()));
}

export function createModels(options: ModelsOptions = {}): Models {
  const pool = new ServerPool(options.idle ?? 30_000);
  const probed = new Map<string, Promise<void>>();

  const check = (
    client: ModelClient,
    identity: string,
    name: string,
    needs: Needs,
    signal?: AbortSignal,
  ): Promise<void> => {
    const key = `${identity}:${needs.logprobs === true}:${needs.sampling === true}`;
    let known = probed.get(key);
    if (known === undefined) {
      known = probe(client, name, needs, signal).then((warnings) => {
        for (const warning of warnings) options.onWarning?.(warning);
      });
      probed.set(key, known);
      // A failure is not kept: the endpoint may have been mended.
      known.catch(() => probed.delete(key));
    }
    return known;
  };

  const serve = async (
    key: string,
    name: string,
    spec: () => Promise<ServerSpec>,
    needs: Needs,
    signal?: AbortSignal,
  ): Promise<ModelClient> => {
    const { server, release } = await pool.acquire(key, spec);
    const close = (): Promise<void> => Promise.resolve(release());
    const client = chatClient({ url: server.url, model: server.model, name, retries: 1 }, close);
    try {
      await check(client, `${key}:${server.url}`, name, needs, signal);
      return client;
    } catch (error) {
      release();
      throw error;
    }
  };

  const models: Models = {
    async open(model: ModelInput, needs: Needs = {}, signal?: AbortSignal): Promise<ModelClient> {
      signal?.throwIfAborted();
      switch (model.kind) {
        case 'scripted':
          throw new UserError(
            'model-scripted',
            `The model is the script '${model.name}', which only agent/rollout can play. Give this stage weights, a hub name or an endpoint.`,
          );
        case 'endpoint': {
          const name = `The endpoint of ${model.model}`;
          const client = chatClient({
            url: model.url,
            model: model.model,
            name,
            ...(model.key === undefined ? {} : { key: model.key }),
          });
          await check(client, `${model.url} ${model.model}`, name, needs, signal);
          return client;
        }
        case 'weights': {
          const short = model.digest.replace('sha256:', '').slice(0, 12);
          const spec = async (): Promise<ServerSpec> =>
            specOf(options, await model.directory(), model.serve, `weights-${short}`);
          return serve(keyOf(model.digest, model.serve), `The server of weights ${short}`, spec, needs, signal);
        }
        case 'hub': {
          const name = model.hub.replaceAll(/[^\w.-]+/g, '-');
          const spec = (): Promise<ServerSpec> =>
            Promise.resolve({
              ...specOf(options, model.hub, model.serve, name),
              ...(model.revision === undefined ? {} : { revision: model.revision }),
            });
          return serve(
            keyOf(`${model.hub}@${model.revision ?? ''}`, model.serve),
            `The server of ${model.hub}`,
            spec,
            needs,
            signal,
          );
        }
      }
    },
    async close() {
      await pool.close();
      open.delete(models);
    },
  };
  open.add(models);
  return models;
}

function specOf(options: ModelsOptions, model: string, serve: ServeOptions, name: string): ServerSpec {
  return {
    model,
    serve,
    name,
    logs: options.logs ?? join(cacheFolder(), 'logs', 'models'),
    python: () => findPython(options),
  };
}

function keyOf(identity: string, serve: ServeOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([identity, serve.engine, serve.max_length, serve.tensor_parallel]))
    .digest('hex');
}

function cacheFolder(): string {
  return process.env.MORTAR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mortar');
}
