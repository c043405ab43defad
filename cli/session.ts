import type { Store } from '../artifacts/open.js';
import { connectionEnvironment, type Connection } from '../services/connection.js';
import { connect } from '../services/up.js';

export interface Session {
  readonly store: Store;
  readonly connection: Connection;
}

/** Opens the store for a command that looks at what is there, and closes it after; starts no service. */
export async function withSession<T>(
  use: (session: Session) => Promise<T>,
  connection: Connection = connect(),
): Promise<T> {
  Object.assign(process.env, connectionEnvironment(connection));
  const { openStore } = await import('../artifacts/open.js');
  const store = await openStore({ impatient: true });
  try {
    return await use({ store, connection });
  } finally {
    store.close();
  }
}
