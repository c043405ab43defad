import { display } from '../expressions/functions.js';
import type { JsonObject } from '../json.js';
import { deepMerge, isObject } from '../merge.js';
import type { Param } from './param.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** Keywords of a declaration: those of JSON Schema, and our own. */
const known = [
  'default',
  'origin',
  'schema',
  'type',
  'enum',
  'const',
  'items',
  'properties',
  'additionalProperties',
  'required',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'title',
  'description',
  'record',
];
const origins = ['paper', 'secondary', 'code', 'assumed'];

/** Adds a declared param, with its default as its value. What the declaration says that it cannot is reported. */
export function declareParam(
  params: Map<string, Param>,
  name: string,
  declaration: JsonObject,
  place: Place,
  reporter: Reporter,
): void {
  for (const key of Object.keys(declaration)) {
    if (known.includes(key)) continue;
    const meant = suggest(key, known);
    reporter.error(
      { ...place, path: [...place.path, key], key: true },
      'unknown-key',
      `A param declaration has no \`${key}\`${didYouMean(meant) || '.'}`,
      meant,
    );
  }
  for (const origin of isObject(declaration.origin)
    ? Object.values(declaration.origin)
    : declaration.origin === undefined
      ? []
      : [declaration.origin]) {
    if (!origins.includes(display(origin ?? null)))
      reporter.error(
        { ...place, path: [...place.path, 'origin'] },
        'invalid-value',
        `Origin \`${display(origin ?? null)}\` is not one of ${listed(origins)}.`,
      );
  }
  const at: Place = declaration.default === undefined ? place : { ...place, path: [...place.path, 'default'] };
  const param: Param = {
    name,
    declaration,
    declared: place,
    value: declaration.default ?? null,
    place: at,
    from: new Map(),
  };
  // Every leaf of the default is known to be one, so that `plan --json` can say it of each.
  deepMerge({}, { [name]: param.value }, (path) => {
    param.from.set(path.slice(1).join('.'), {
      from: 'default',
      place: { ...at, path: [...at.path, ...path.slice(1)] },
      file: place.source.file,
    });
  });
  params.set(name, param);
}
