import { EngineClient } from '../../engine/client/client.js';
import { connectionEnvironment, type Connection } from '../../services/connection.js';
import { connect, connectRecords } from '../../services/up.js';
import { findRun } from './run-view.js';

/** A client of the services that run. */
export async function withClient<T>(
  use: (client: EngineClient, connection: Connection) => Promise<T>,
  connection = connect(),
): Promise<T> {
  Object.assign(process.env, connectionEnvironment(connection));
  const client = await EngineClient.connect();
  try {
    return await use(client, connection);
  } finally {
    await client.close();
  }
}

type UseRun<T> = (client: EngineClient, run: string, connection: Connection) => Promise<T>;

/** The same, and the run that was asked for. */
export async function withEngine<T>(run: string, use: UseRun<T>, connection = connect()): Promise<T> {
  return withClient(
    async (client, connection) => use(client, await findRun(client.store, run), connection),
    connection,
  );
}

/** The same for those who look only: while Temporal is down, they see what the record says. */
export async function withRecords<T>(run: string, use: UseRun<T>): Promise<T> {
  return withEngine(run, use, connectRecords());
}
