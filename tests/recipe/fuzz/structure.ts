import { parseDocument, stringify } from 'yaml';
import { names, pieces, values } from './words.js';

/** One change of the values of a recipe, in plain numbers, so that a failure can be made smaller. */
export interface StructureChange {
  readonly kind: (typeof structureKinds)[number];
  readonly at: number;
  readonly other: number;
  readonly pick: number;
}

export const structureKinds = [
  'delete',
  'rename',
  'replace',
  'move',
  'copy',
  'wrap',
  'unwrap',
  'add',
  'refer',
  'express',
  'deepen',
  'retype',
  'stage',
  'section',
  'share',
] as const;

type Container = { [key: string]: unknown } | unknown[];
interface Spot {
  readonly of: Container;
  readonly key: string | number;
}

/** The values of a recipe, or undefined where it is no YAML. */
export function valuesOf(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', merge: true, logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch {
    return undefined;
  }
}

/** Changes values in place. `donor` is another recipe's. */
export function changeValues(root: Container, donor: unknown, change: StructureChange): void {
  const { kind, at, other, pick } = change;
  const spots = spotsOf(root);
  const spot = spots[at % spots.length];
  if (spot === undefined) return;
  const value = get(spot);
  switch (kind) {
    case 'delete':
      if (Array.isArray(spot.of)) spot.of.splice(Number(spot.key), 1);
      else Reflect.deleteProperty(spot.of, spot.key);
      return;
    case 'rename': {
      if (Array.isArray(spot.of)) return;
      const name = pick % 3 === 0 ? misspelt(String(spot.key), other) : word(names, pick);
      const entries = Object.entries(spot.of);
      for (const key of Object.keys(spot.of)) Reflect.deleteProperty(spot.of, key);
      for (const [key, entry] of entries) put(spot.of, key === spot.key ? name : key, entry);
      return;
    }
    case 'replace':
      return put(spot.of, spot.key, structuredClone(values[pick % values.length]));
    case 'move':
    case 'copy': {
      const target = spots[other % spots.length];
      if (target === undefined) return;
      const moved = get(target);
      put(target.of, target.key, structuredClone(value));
      if (kind === 'move') put(spot.of, spot.key, structuredClone(moved));
      return;
    }
    case 'wrap':
      return put(spot.of, spot.key, [[value], { [word(names, other)]: value }, [value, value], { value }][pick % 4]);
    case 'unwrap':
      if (value !== null && typeof value === 'object') put(spot.of, spot.key, Object.values(value)[0] ?? null);
      return;
    case 'add':
      if (Array.isArray(spot.of)) spot.of.push(values[pick % values.length]);
      else put(spot.of, word(names, other), structuredClone(values[pick % values.length]));
      return;
    case 'refer':
      return put(spot.of, spot.key, reference(root, other, pick));
    case 'express':
      return put(spot.of, spot.key, expression(typeof value === 'string' ? value : '', other, pick));
    case 'deepen': {
      let deep: unknown = value;
      for (let level = [3, 61, 64, 65, 200][pick % 5] ?? 0; level > 0; level -= 1)
        deep = (level + other) % 2 === 0 ? [deep] : { a: deep };
      return put(spot.of, spot.key, deep);
    }
    case 'retype':
      return put(spot.of, spot.key, retyped(value, pick));
    case 'stage': {
      const stages = section(root, 'stages');
      const taken = Object.values(section(donor, 'stages'));
      if (taken.length > 0)
        put(
          stages,
          pick % 2 === 0 ? `taken${pick % 5}` : (Object.keys(stages)[other % 9] ?? 'a'),
          structuredClone(taken[at % taken.length]),
        );
      return;
    }
    case 'section': {
      const sections = [
        'matrix',
        'compare',
        'parts',
        'models',
        'params',
        'profiles',
        'targets',
        'forbid',
        'defaults',
        'extends',
        'stages',
      ];
      const name = word(sections, pick);
      const taken = isContainer(donor) && !Array.isArray(donor) ? donor[name] : undefined;
      if (taken !== undefined && !Array.isArray(root)) root[name] = structuredClone(taken);
      else if (!Array.isArray(root)) root[name] = structuredClone(values[other % values.length]);
      return;
    }
    case 'share': {
      // The same object at two places: the text gets an anchor and an alias of it.
      const target = spots[other % spots.length];
      if (target !== undefined && isContainer(value) && !contains(value, target.of)) put(target.of, target.key, value);
      return;
    }
  }
}

/** Text of the values, in one of several styles. */
export function textOf(root: unknown, style: number): string {
  switch (style % 4) {
    case 0:
      try {
        return JSON.stringify(root, null, 1);
      } catch {
        // A value within itself, by `share`: only anchors can say that.
        return textOf(root, 1);
      }
    case 1:
      return stringify(root, { version: '1.2', lineWidth: 0, aliasDuplicateObjects: true });
    case 2:
      return stringify(root, { version: '1.2', lineWidth: 40, indentSeq: false, defaultStringType: 'QUOTE_SINGLE' });
    default:
      return stringify(root, { version: '1.2', collectionStyle: 'flow', lineWidth: 0 });
  }
}

function spotsOf(root: Container): Spot[] {
  const found: Spot[] = [];
  const seen = new Set<unknown>();
  const visit = (of: Container, depth: number): void => {
    if (seen.has(of) || depth > 30) return;
    seen.add(of);
    for (const key of Array.isArray(of) ? of.keys() : Object.keys(of)) {
      found.push({ of, key });
      const value = get({ of, key });
      if (isContainer(value)) visit(value, depth + 1);
    }
  };
  visit(root, 0);
  return found;
}

function get({ of, key }: Spot): unknown {
  return (of as { [key: string]: unknown })[key];
}

/** As its own property, whatever the name. */
function put(of: Container, key: string | number, value: unknown): void {
  Object.defineProperty(of, key, { value, writable: true, enumerable: true, configurable: true });
}

function isContainer(value: unknown): value is Container {
  return value !== null && typeof value === 'object';
}

function contains(value: unknown, wanted: unknown, depth = 0): boolean {
  if (value === wanted || depth > 50) return true;
  return isContainer(value) && Object.values(value).some((entry) => contains(entry, wanted, depth + 1));
}

function section(root: unknown, name: string): { [key: string]: unknown } {
  const found = isContainer(root) && !Array.isArray(root) ? root[name] : undefined;
  return isContainer(found) && !Array.isArray(found) ? found : {};
}

function word(list: readonly string[], pick: number): string {
  return list[pick % list.length] ?? '';
}

function misspelt(text: string, pick: number): string {
  const at = pick % Math.max(1, text.length);
  return [
    `${text.slice(0, at)}${text.slice(at + 1)}`,
    `${text.slice(0, at)}${text.charAt(at)}${text.slice(at)}`,
    `${text.slice(0, at)}${text.charAt(at + 1)}${text.charAt(at)}${text.slice(at + 2)}`,
    text.toUpperCase(),
  ][pick % 4] as string;
}

function reference(root: unknown, other: number, pick: number): string {
  const stages = Object.keys(section(root, 'stages'));
  const stage = stages[other % Math.max(1, stages.length)] ?? 'a';
  const output = word(
    ['instances', 'train', 'trajectories', 'model', 'score', 'outputs.x', 'report', 'constructor', 'nothing'],
    pick,
  );
  return [
    `${stage}.${output}`,
    stage,
    `${stage}[last].${output}`,
    `${stage}[*].${output}`,
    `${stage}[foreach.key].${output}`,
    `\${{ stages.${stage}.outputs.${output} }}`,
    `\${{ ${stage}.${output} || null }}`,
    `stages.${stage}`,
    `models.${output}`,
    `inputs.${output}`,
  ][(pick + other) % 10] as string;
}

function expression(text: string, other: number, pick: number): string {
  const made = Array.from({ length: 1 + (pick % 6) }, (_, index) => word(pieces, other + index * (pick + 7))).join('');
  const at = other % (text.length + 1);
  return [
    `\${{ ${made} }}`,
    made,
    `${text.slice(0, at)}${made}${text.slice(at)}`,
    `a \${{ ${made} }} b \${{ ${text} }}`,
    `\${{ ${text}`,
  ][pick % 5] as string;
}

function retyped(value: unknown, pick: number): unknown {
  const text = typeof value === 'object' ? '{}' : String(value);
  return [text, Number(text), [value], { a: value }, null, text === 'true', `${text} `, `'${text}'`][pick % 8];
}
