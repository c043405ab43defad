import { EngineClient } from '../engine/client.js';
import { connectionEnvironment, type Connection } from '../services/connection.js';
import { connect } from '../services/up.js';
import { findRun } from './run-view.js';

/** A client of the services that run, and the run that was asked for. */
export async function withEngine<T>(
  run: string,
  use: (client: EngineClient, run: string, connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = connect();
  Object.assign(process.env, connectionEnvironment(connection));
  const client = await EngineClient.connect();
  try {
    return await use(client, await findRun(client.store, run), connection);
  } finally {
    await client.close();
  }
}
