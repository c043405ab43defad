import { InfrastructureError, UserError, messageOf } from '../recipe/errors.js';
import type { Unpinned } from '../recipe/explain/pin.js';
import { type Hub, commitIn, headersFor, hubOf } from './hub.js';

/**
 * The revision that a repository is at now: the commit of its default branch, by the API of the Hugging Face Hub.
 * @throws UserError `reference-not-found`, `hub-refused`; InfrastructureError `hub-unreachable`
 */
export async function hubRevision(
  { repository, kind }: Pick<Unpinned, 'repository' | 'kind'>,
  hub: Hub = hubOf(process.env),
  timeoutMilliseconds = 10_000,
): Promise<string> {
  for (const collection of kind === 'model' ? ['models'] : ['datasets', 'models']) {
    const url = `${hub.endpoint}/api/${collection}/${repository.split('/').map(encodeURIComponent).join('/')}`;
    const response = await ask(url, hub, timeoutMilliseconds);
    // Without a token the hub answers 401 for what does not exist, so that private names stay private.
    if ([401, 403, 404].includes(response.status)) continue;
    if (response.status === 429 || response.status >= 500)
      throw new InfrastructureError(
        'hub-unreachable',
        `The hub answers ${response.status} for ${url}. Try again later.`,
      );
    const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
    const commit = commitIn(body);
    if (commit !== undefined) return commit;
    throw new UserError(
      'hub-refused',
      `${url} answers ${response.status} without a revision. Set HF_ENDPOINT to a hub.`,
    );
  }
  throw new UserError(
    'reference-not-found',
    `The hub has no ${kind === 'model' ? 'model' : 'data set or model'} \`${repository}\`${hub.token ? ' that this token may read' : '; set HF_TOKEN if it is private'}. Nothing was pinned.`,
  );
}

async function ask(url: string, hub: Hub, timeoutMilliseconds: number): Promise<Response> {
  try {
    return await fetch(url, {
      headers: headersFor(hub),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new InfrastructureError(
      'hub-unreachable',
      `No answer from ${new URL(url).origin} (${cause}). \`check --pin\` needs the network; without it, write the revision by hand. Nothing was pinned.`,
    );
  }
}
