import type { Client } from '@temporalio/client';
import { isUserError } from '../../recipe/errors.js';
import { searchAttributes } from '../../workflows/search-attributes.js';

const TIMEOUT = 5_000;
/** INDEXED_VALUE_TYPE_* */
const indexedTypes = { KEYWORD: 2, INT: 3 } as const;

/**
 * Registers our search attributes with the server where they are not. False where they cannot be had (no permission, no room for
 * more, one of them has another type): runs then go without.
 */
export async function ensureSearchAttributes(client: Client): Promise<boolean> {
  const { connection } = client;
  const { namespace } = client.options;
  const wanted = Object.values(searchAttributes).map(({ name, type }) => [name, indexedTypes[type]] as const);
  try {
    return await connection.withDeadline(Date.now() + TIMEOUT, async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      if (wanted.some(([name, type]) => (customAttributes?.[name] ?? type) !== type)) return false;
      const missing = wanted.filter(([name]) => customAttributes?.[name] === undefined);
      if (missing.length === 0) return true;
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, type])),
      });
      return true;
    });
  } catch {
    return false;
  }
}

/** Whether a start was refused because the server does not know our attributes. */
export function lacksSearchAttributes(error: unknown): boolean {
  return isUserError(error) && error.code === 'temporal-refused' && /search attribute/i.test(error.message);
}
