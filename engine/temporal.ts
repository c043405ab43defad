import { Client, Connection } from '@temporalio/client';
import { InfrastructureError } from '../recipe/errors.js';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly options: { readonly address: string; readonly apiKey?: string; readonly tls?: true };
}

/** Reads TEMPORAL_ADDRESS (127.0.0.1:7233), TEMPORAL_NAMESPACE (default), TEMPORAL_API_KEY and TEMPORAL_TLS. */
export function temporalSettings(environment: NodeJS.ProcessEnv = process.env): TemporalSettings {
  const address = environment['TEMPORAL_ADDRESS'] || '127.0.0.1:7233';
  const apiKey = environment['TEMPORAL_API_KEY'];
  const tls = Boolean(apiKey) || environment['TEMPORAL_TLS'] === 'true';
  return {
    address,
    namespace: environment['TEMPORAL_NAMESPACE'] || 'default',
    options: { address, ...(apiKey ? { apiKey } : {}), ...(tls ? { tls: true } : {}) },
  };
}

/** A client, or an error that says which address did not answer. */
export async function connectTemporal(environment: NodeJS.ProcessEnv = process.env): Promise<Client> {
  const settings = temporalSettings(environment);
  try {
    return new Client({
      connection: await Connection.connect({ ...settings.options, connectTimeout: '5 seconds' }),
      namespace: settings.namespace,
    });
  } catch (error) {
    throw temporalUnreachable(settings.address, error);
  }
}

export function temporalUnreachable(address: string, error: unknown): InfrastructureError {
  const reason = error instanceof Error ? error.message : String(error);
  return new InfrastructureError(
    'temporal-unreachable',
    `Temporal at ${address} does not answer: ${reason}. Start it with \`mortar up\`, or set TEMPORAL_ADDRESS.`,
    {},
    { cause: error },
  );
}
