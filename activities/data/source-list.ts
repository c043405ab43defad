import { UserError } from '../../recipe/errors.js';
import type { Checkout } from '../../schemas/records.js';
import type { JsonLine } from './json-lines.js';

/** One line of a list of repositories: where its source is, and how it is tested. */
export interface Source extends Omit<Checkout, 'archive' | 'commit'> {
  /** A pinned source distribution of the package index ... */
  readonly sha256?: string;
  /** ... or a commit of a git repository. */
  readonly url?: string;
  readonly commit?: string;
}

const roles: readonly (Checkout['role'] & string)[] = ['train', 'verifier', 'development', 'test', 'corpus'];

/** Reads a line of the list; throws a UserError that says which field is wrong. */
export function parseSource({ value, line, file }: JsonLine): Source {
  const where = `${file}, line ${line}`;
  const fail = (what: string, next: string): never => {
    throw new UserError('source-list', `${where}: ${what}. ${next}`, { file, line });
  };
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return fail('not an object', 'Write one object a line.');
  const text = (name: string): string | undefined => {
    const given = value[name];
    if (given === undefined || given === null) return undefined;
    return typeof given === 'string' && given !== ''
      ? given
      : fail(`'${name}' is ${JSON.stringify(given)}`, 'It must be a text.');
  };
  const texts = (name: string): string[] => {
    const given = value[name] ?? [];
    if (Array.isArray(given) && given.every((one): one is string => typeof one === 'string')) return given;
    return fail(`'${name}' is ${JSON.stringify(given)}`, 'It must be a list of texts.');
  };
  const required = (name: string): string =>
    text(name) ??
    fail(`'${name}' is missing`, 'A line needs at least repo, version, licence, and sha256 or url and commit.');

  const [url, sha256, commit] = [text('url'), text('sha256'), text('commit')];
  if (url === undefined) {
    if (!/^[0-9a-f]{64}$/.test(sha256 ?? ''))
      fail(
        `'sha256' is ${JSON.stringify(sha256 ?? null)}`,
        'Pin the source distribution by its sha256, or name a git `url` and `commit`.',
      );
  } else if (!/^[0-9a-f]{40}$/.test(commit ?? '')) {
    fail(
      `'commit' is ${JSON.stringify(commit ?? null)}`,
      'Pin the repository by a full commit (40 hexadecimal digits).',
    );
  }
  const role = roles.find((one) => one === text('role'));
  if (role === undefined && text('role') !== undefined)
    fail(`'role' is ${JSON.stringify(text('role'))}`, `It is one of ${roles.join(', ')}.`);
  const root = text('root') ?? '.';
  const [packages, tests] = [texts('packages'), texts('tests')];
  for (const path of [root, ...packages, ...tests]) {
    if (path.startsWith('/') || path.split('/').includes('..'))
      fail(`the path '${path}' leads out of the tree`, 'Paths are relative to the tree.');
  }
  return {
    repo: text('repo') ?? (url === undefined ? required('repo') : repoOf(url)),
    version: text('version') ?? (commit === undefined ? required('version') : commit.slice(0, 12)),
    licence: required('licence'),
    root,
    packages,
    tests,
    requirements: texts('requirements'),
    ...(value['deselect'] === undefined ? {} : { deselect: texts('deselect') }),
    ...(role === undefined ? {} : { role }),
    ...(url === undefined ? { sha256 } : { url, commit }),
  };
}

/** owner/name of a repository's address. */
function repoOf(url: string): string {
  return url
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .slice(-2)
    .join('/');
}
