import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../recipe/json.js';
import { isObject } from '../../recipe/merge.js';
import { joinPath } from '../../recipe/paths.js';
import { type Candidate, plainly } from './candidate.js';

/** Larger recipes take longer to read than anybody waits for a completion. */
const LARGEST = 512 * 1024;
const DEEPEST = 8;

type Section = 'params' | 'profiles' | 'stages';

/** Sections of a recipe and of those that it extends, the recipe itself first; none where it cannot be read. */
function chainOf(file: string, wanted: readonly Section[], depth = 0): JsonObject[] {
  if (depth > DEEPEST || (statSync(file, { throwIfNoEntry: false })?.size ?? Infinity) > LARGEST) return [];
  try {
    const data = sectionsOf(readFileSync(file, 'utf8'), ['extends', ...wanted]);
    if (!isObject(data)) return [];
    const above =
      typeof data['extends'] === 'string' ? chainOf(joinPath(file, data['extends']), wanted, depth + 1) : [];
    return [data, ...above];
  } catch {
    return [];
  }
}

/** Parsing takes most of the time, so only what is asked for is parsed: blocks that begin at the margin with their key. */
function sectionsOf(text: string, wanted: readonly string[]): Json {
  const read = (part: string): Json => parse(part, { merge: true, logLevel: 'silent' }) as Json;
  const blocks = text
    .split(/^(?=[A-Za-z_]+[ \t]*:)/m)
    .filter((block) => wanted.includes(/^\w+/.exec(block)?.[0] ?? ''));
  try {
    return read(blocks.join(''));
  } catch {
    // An alias of another section, or another layout.
    return read(text);
  }
}

export function profileWords(file: string): Candidate[] {
  return plainly(new Set(chainOf(file, ['profiles']).flatMap(({ profiles }) => Object.keys(objectOf(profiles)))));
}

/** Stages of the recipe, as the command line names them before there is a plan. */
export function stageWords(file: string): Candidate[] {
  return plainly(new Set(chainOf(file, ['stages']).flatMap(({ stages }) => Object.keys(objectOf(stages)))));
}

/** `samples=`, `sft.learning_rate=`; behind the `=` the values, where they are few. */
export function assignmentWords(file: string, typed: string): Candidate[] {
  const chain = chainOf(file, typed.includes('=') ? ['params'] : ['params', 'profiles']);
  const declared = new Map<string, JsonObject>();
  for (const { params } of [...chain].reverse())
    for (const [name, raw] of Object.entries(objectOf(params))) if (isObject(raw)) declared.set(name, raw);
  const at = typed.indexOf('=');
  if (at !== -1) {
    const declaration = declared.get(typed.slice(0, at)) ?? {};
    const values = Array.isArray(declaration['enum'])
      ? declaration['enum']
      : declaration['type'] === 'boolean'
        ? [true, false]
        : [];
    return values.map((value) => ({ value: `${typed.slice(0, at)}=${String(value)}` }));
  }
  const given = chain.flatMap(({ profiles }) => Object.values(objectOf(profiles)).filter(isObject));
  return [...declared].flatMap(([name, declaration]) => {
    const description = typeof declaration['description'] === 'string' ? declaration['description'] : undefined;
    const inner = [declaration['default'], ...given.map((profile) => profile[name])].flatMap((value) =>
      Object.keys(objectOf(value)),
    );
    const own = { value: `${name}=`, ...(description === undefined ? {} : { description }) };
    return [own, ...[...new Set(inner)].map((key) => ({ value: `${name}.${key}=` }))];
  });
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
