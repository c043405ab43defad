import { isObject } from '../merge.js';
import type { Json } from '../json.js';
import type { Param } from './param.js';
import type { CellOrigins, Origin } from '../plan.js';
import type { Place } from '../syntax/source.js';

/** Entries of `plan.origins`: of each param, and of each key of an object. */
export function originsOf(params: ReadonlyMap<string, Param>): Record<string, Origin> {
  const origins: Record<string, Origin> = {};
  for (const param of params.values()) {
    for (const [path, { from, place }] of param.from) {
      const known = param.declaration.origin;
      const origin = from !== 'default' ? undefined : isObject(known) ? known[path.split('.')[0] ?? ''] : known;
      origins[pathOf(param, path)] = { from, ...(typeof origin === 'string' ? { origin } : {}), ...where(place) };
    }
  }
  return origins;
}

/** What a cell of the matrix sets, with the line of its axis. */
export function cellOriginsOf(label: string, params: ReadonlyMap<string, Param>): CellOrigins {
  const from = `matrix ${label}`;
  const own: Record<string, { value: Json } & Origin> = {};
  for (const param of params.values()) {
    for (const [path, source] of param.from) {
      if (source.from === from)
        own[pathOf(param, path)] = { value: at(param.value, path), from, ...where(source.place) };
    }
  }
  return { label, params: own };
}

function pathOf({ name }: Param, path: string): string {
  return path === '' ? name : `${name}.${path}`;
}

/** Cells that set a param do so at one place. */
const lines = new WeakMap<Place, number>();

function where(place: Place | undefined): { file: string; line: number } | undefined {
  if (place === undefined) return undefined;
  const line = lines.get(place) ?? place.source.line(place.path, place.key);
  lines.set(place, line);
  return { file: place.source.file, line };
}

function at(value: Json, path: string): Json {
  if (path === '') return value;
  let found: Json | undefined = value;
  for (const step of path.split('.')) found = isObject(found) ? found[step] : undefined;
  return found ?? null;
}
