import type { Store } from '../artifacts/open.js';
import { storeEnvironment } from '../services/connection.js';
import { connectStore } from '../services/up.js';

export interface Session {
  readonly store: Store;
}

/** Opens the store for a command that looks at what is there, and closes it after; starts no service, and needs no Temporal. */
export async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  Object.assign(process.env, storeEnvironment(connectStore()));
  const { openStore } = await import('../artifacts/open.js');
  const store = await openStore({ impatient: true });
  try {
    return await use({ store });
  } finally {
    store.close();
  }
}
