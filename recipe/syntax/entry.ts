import type { ActivityDeclaration } from '../declaration.js';
import type { Json } from '../json.js';
import type { Path, Place, Source } from './source.js';

/** A value of a recipe with the place it was read at. */
export interface Entry {
  readonly raw: Json;
  readonly place: Place;
}

/** A value with a name, such as a stage. Places are made when they are asked for: of most stages nothing is ever said. */
export class NamedEntry implements Entry {
  /** Of a stage that declares its outputs, once nothing was found wrong with them: a matrix and a foreach ask again and again. */
  declared: { readonly activity: ActivityDeclaration; readonly declaration: ActivityDeclaration } | undefined;

  constructor(
    readonly raw: Json,
    readonly source: Source,
    /** Of the object that it is a member of; one for all its members. */
    readonly above: Path,
    readonly name: string,
    /** 1-based, of its name. */
    readonly line: number,
  ) {}

  get place(): Place {
    return { source: this.source, path: this.above.concat(this.name) };
  }

  /** Of what stands below it. */
  at(...path: Path): Place {
    return { source: this.source, path: this.above.concat(this.name, path) };
  }
}

/** The members of an object of a file. */
export function entriesOf(members: { readonly [name: string]: Json }, source: Source, path: Path): NamedEntry[] {
  const names = Object.keys(members);
  const lines = source.keyLines(path, names);
  return names.map((name, index) => new NamedEntry(members[name] ?? null, source, path, name, lines[index] ?? 1));
}
