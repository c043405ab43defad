import type { JsonObject } from '../json.js';
import { deepMerge, isObject } from '../merge.js';
import { type Param, hasType } from './param.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** Values for params from one place: a profile, an extending recipe, a cell of the matrix, the command line. */
export interface Layer {
  readonly from: string;
  /** Files named in it are relative to this file. */
  readonly file: string;
  readonly values: JsonObject;
  /** Of a value by its path; undefined for the command line. */
  readonly place: ((path: readonly string[]) => Place) | undefined;
}

/** Puts a layer over the values so far, and remembers of each part where it came from. */
export function applyLayer(params: Map<string, Param>, layer: Layer, reporter: Reporter): void {
  for (const [name, value] of Object.entries(layer.values)) {
    const param = params.get(name);
    if (param === undefined) {
      const meant = suggest(name, params.keys());
      const place = layer.place?.([name]);
      if (place)
        reporter.error(
          { ...place, key: true },
          'unknown-param',
          `There is no param \`${name}\`${didYouMean(meant) || `; there are ${listed(params.keys(), 40)}.`}`,
          meant,
        );
      continue;
    }
    // Another kind of model is another model: nothing of the one before is left in it.
    const replaces =
      hasType(param, 'model') &&
      isObject(value) &&
      ['scripted', 'hub', 'weights', 'model'].some((kind) => Object.hasOwn(value, kind));
    param.value = deepMerge(replaces ? null : param.value, value, (path) => {
      // What stood below a replaced value is gone.
      const at = path.join('.');
      for (const known of [...param.from.keys()])
        if (at === '' || known === at || known.startsWith(`${at}.`)) param.from.delete(known);
      param.from.set(at, { from: layer.from, place: layer.place?.([name, ...path]), file: layer.file });
    });
    param.place = layer.place?.([name]) ?? param.declared;
  }
}
