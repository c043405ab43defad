import { createHash } from 'node:crypto';

/** `<repo>__<version>.<kind>__<hash>`, the same wherever it is made. */
export function instanceId(
  { repo, version }: { readonly repo: string; readonly version: string },
  kind: string,
  what: string,
): string {
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 8);
  return `${repo.replaceAll('/', '__')}__${version}.${kind}__${hash}`;
}
