import type { Json } from '../json.js';
import { isObject } from '../merge.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Path, Place, Source } from '../syntax/source.js';

/** What credentials of well-known services look like; each is long and random enough to be nothing else. */
const tokens: readonly RegExp[] = [
  /(?<![\w-])sk-(?:[a-z]+-)?[A-Za-z0-9_-]{16,}/,
  /(?<!\w)gh[pousr]_[A-Za-z0-9]{20,}/,
  /(?<!\w)github_pat_[A-Za-z0-9_]{20,}/,
  /(?<!\w)glpat-[A-Za-z0-9_-]{20,}/,
  /(?<!\w)hf_[A-Za-z0-9]{20,}/,
  /(?<!\w)npm_[A-Za-z0-9]{30,}/,
  /(?<!\w)pypi-[A-Za-z0-9_-]{40,}/,
  /(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)/,
  /(?<!\w)AIza[A-Za-z0-9_-]{30,}/,
  /(?<!\w)xox[abprs]-[A-Za-z0-9-]{10,}/,
  /(?<!\w)eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
];
/**
 * What each of them begins with: a text without any of it need not be searched further. Looked for by its rarest letter, and only then
 * by what stands before that: three times as fast in a file of megabytes.
 */
const beginnings = /-(?<=sk-|glpat-|pypi-|-----)|_(?<=gh[pousr]_|github_pat_|hf_|npm_)|A[KS]IA|AIza|xox|eyJ/;
/** User information of a URL, and what is called a key or token in its query. */
const inUrl: readonly RegExp[] = [
  /^https?:\/\/[^/?#\s]*@/i,
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:[^/?#\s@]+@/i,
  /^[a-z][a-z0-9+.-]*:\/\/\S*[?&][^=&\s]*(?:key|token|secret|password)[^=&\s]*=[^&\s]/i,
];
/** Keys whose text can only be a credential. */
const named =
  /^(?:api[_-]?key|(?:access|auth|api|bearer|refresh)[_-]?token|token|passwd|password|secret|(?:client|secret)[_-]?(?:key|secret)|secret[_-]?access[_-]?key|private[_-]?key|credentials?)$/i;
/** In each of them. */
const keys = /key|token|passw|secret|credential/i;
/** `{ secret: NAME }` names an environment variable of the worker. */
const environmentName = /^[A-Z_][A-Z0-9_]*$/;

/** Whether a text is a credential, or holds one. */
export function looksSecret(text: string): boolean {
  // Most texts of a recipe are names, shorter than any credential.
  if (text.length < 10) return false;
  if (text.includes('://') && inUrl.some((pattern) => pattern.test(text))) return true;
  return beginnings.test(text) && tokens.some((pattern) => pattern.test(text));
}

/** Credentials that are written into a file: they would be in the plan, the store and the version history. */
export function reportSecrets(source: Source, reporter: Reporter): void {
  const names = { env: new Map<string, Place>(), secret: new Set<string>() };
  const say = (path: Path): void =>
    reporter.error(
      { source, path },
      'literal-secret',
      `\`${path.join('.')}\` holds a credential, which would be written into the plan and the store. Put it into the environment of the worker, and name it: { secret: NAME }.`,
    );
  // What the file does not hold none of its values does, unless it is written with escapes.
  const { text } = source;
  const clean = !text.includes('://') && !text.includes('\\') && !beginnings.test(text);
  if (clean && !keys.test(text)) return;
  // One path for all: there are millions of values, and few of them are told.
  const path: (string | number)[] = [];
  const visit = (value: Json): void => {
    if (typeof value === 'string') {
      if (value !== '' && ((!clean && looksSecret(value)) || credential(value, path))) say([...path]);
    } else if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) below(index, entry);
    } else if (isObject(value)) {
      const keys = Object.keys(value);
      const [only] = keys;
      if (keys.length === 1 && typeof value.env === 'string')
        names.env.set(value.env, { source, path: [...path, 'env'] });
      if (keys.length === 1 && typeof value.secret === 'string') names.secret.add(value.secret);
      for (const key of keys) {
        const entry = value[key] ?? null;
        // The key of an endpoint stands beside its address.
        if (key === 'key' && value.url !== undefined && typeof entry === 'string' && !entry.includes('${{'))
          say([...path, key]);
        else if (!(only === 'secret' && keys.length === 1 && typeof entry === 'string' && environmentName.test(entry)))
          below(key, entry);
      }
    }
  };
  const below = (step: string | number, entry: Json): void => {
    if (typeof entry === 'number' || typeof entry === 'boolean' || entry === null) return;
    path.push(step);
    visit(entry);
    path.pop();
  };
  visit(source.data);
  for (const [name, place] of names.env) {
    if (names.secret.has(name))
      reporter.error(
        place,
        'secret-as-environment',
        `\`${name}\` is a secret elsewhere in this recipe, and what { env: ${name} } gives is written into plans and logs. Write { secret: ${name} } here, too.`,
      );
  }
}

/** A literal under a key such as `api_key`, or the default of a param that is called so. */
function credential(text: string, path: Path): boolean {
  const last = String(path.at(-1));
  if (last !== 'default' && !keys.test(last)) return false;
  if (text.includes('${{')) return false;
  if (named.test(last)) return true;
  return last === 'default' && path.length === 3 && path[0] === 'params' && named.test(String(path[1]));
}
