import type { Param } from './param.js';
import { isPinned, isReference, joinPath } from '../paths.js';
import type { Reporter } from '../syntax/reporter.js';
import { FileValue, type Value, broken } from '../expressions/values.js';

/** A param of type file as a handle: a digested file, or a reference. */
export function fileOf(
  param: Param,
  readFileDigest: (path: string) => string | null,
  digest: (text: string) => string,
  reporter: Reporter,
): Value {
  if (typeof param.value !== 'string') return null;
  const source = param.from.get('');
  if (isReference(param.value)) {
    if (!isPinned(param.value))
      reporter.warn(
        param.place,
        'unpinned-reference',
        `\`${param.value}\` names no revision: it may be something else tomorrow. Pin it, as \`${param.value.replace(/(#.*)?$/, (fragment) => `@REVISION${fragment}`)}\`.`,
      );
    return new FileValue(param.value, digest(param.value));
  }
  const path = joinPath(source?.file ?? '', param.value);
  const found = readFileDigest(path);
  if (found !== null) return new FileValue(path, found);
  reporter.error(
    param.place,
    'file-not-found',
    `Param \`${param.name}\`: there is no file \`${path}\`${source?.from === '--set' ? '' : '; paths are relative to the recipe that says them'}.`,
  );
  return broken;
}
