import { InfrastructureError } from '../../recipe/errors.js';
import type { ActivityContext, ItemResult, Json, MapItem } from '../activity.js';
import { RepositoryPool } from '../agent/repository-pool.js';
import { concurrently } from '../concurrently.js';

/**
 * Works on items in warm repositories, as many at once as the stage allows. What infrastructure breaks is a failure of that item,
 * to be tried again; any other error is one of the stage.
 */
export async function* inRepositories(
  items: readonly MapItem[],
  context: ActivityContext,
  work: (item: MapItem, pool: RepositoryPool) => Promise<unknown>,
): AsyncGenerator<ItemResult> {
  const pool = new RepositoryPool(
    context,
    items.map((item) => item.group ?? ''),
  );
  try {
    yield* concurrently(items, context.concurrency, async (item): Promise<ItemResult> => {
      try {
        return { key: item.key, ok: true, record: (await work(item, pool)) as Json };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof InfrastructureError)) throw error;
        return { key: item.key, ok: false, class: 'infrastructure', code: error.code, message: error.message };
      } finally {
        await pool.release(item.group ?? '');
      }
    });
  } finally {
    await pool.close();
  }
}
