import { sha256 } from '../canonical.js';
import { readModel } from './model-value.js';
import { type Param, hasType } from './param.js';
import { fileOf } from './param-file.js';
import type { Reporter } from '../syntax/reporter.js';
import { Lazy, type Value, broken } from '../expressions/values.js';

/** Params as expressions see them: files with their digests, models as models. */
export function paramValues(
  params: ReadonlyMap<string, Param>,
  readFileDigest: (path: string) => string | null,
  reporter: Reporter,
): Lazy {
  const values = new Map<string, Value>();
  const make = (param: Param): Value => {
    if (param.broken) return broken;
    if (hasType(param, 'file')) return fileOf(param, readFileDigest, sha256, reporter);
    if (hasType(param, 'model')) return readModel(param.value, reporter, param.place);
    return param.value;
  };
  return new Lazy(
    'params',
    () => [...params.keys()],
    (name) => {
      const param = params.get(name);
      if (param === undefined) return undefined;
      const made = values.get(name) ?? make(param);
      values.set(name, made);
      return made;
    },
  );
}
