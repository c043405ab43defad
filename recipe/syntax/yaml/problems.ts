import { type Document, type Node, type YAMLMap, isAlias, isMap, isNode, isScalar, isSeq, visit } from 'yaml';
import type { ErrorCode } from '../../diagnostics/diagnostic-codes.js';
import { limits } from '../../limits.js';

/** What is wrong with YAML that can be read. Offsets in the text. */
export interface YamlProblem {
  readonly start: number;
  readonly end: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly suggestion?: string;
}

/** Keys that stand twice in one map (with sets, as the library compares every key with every other), or that are no names at all. */
export function keyProblems(document: Document.Parsed): YamlProblem[] {
  if (document.errors.length > 0) return [];
  const found: YamlProblem[] = [];
  // The library looks through the whole document for each alias.
  const anchors = new Map<string, unknown>();
  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key, value } of map.items) {
        const start = rangeOf(key)?.[0] ?? 0;
        const say = (code: ErrorCode, message: string): void => {
          found.push({ start, end: start + 1, code, message });
        };
        if (!isScalar(key))
          say('invalid-name', 'A key is one word or text: lists, objects and aliases cannot be keys.');
        else if (isMerge(key.value)) {
          if (!isMergeable(value, anchors))
            say('yaml-syntax', '`<<` takes an object, or an alias of one, whose keys are added to this one.');
        } else if (key.value === '__proto__') {
          say('invalid-name', '`__proto__` cannot be a key: choose another name.');
        } else {
          const name = String(key.value ?? '');
          if (seen.has(name)) say('duplicate-key', 'Map keys must be unique.');
          seen.add(name);
        }
      }
    },
  });
  return found;
}

/** Scalars that JSON, and so a plan, cannot say; and tags that make something else than plain values. */
export function valueProblems(document: Document.Parsed): YamlProblem[] {
  if (document.errors.length > 0) return [];
  const found: YamlProblem[] = [];
  const plain = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;
  visit(document, {
    Node: (_, node) => {
      const [start = 0, end = start + 1] = node.range ?? [];
      const say = (code: ErrorCode, message: string): void => {
        found.push({ start, end, code, message });
      };
      const { tag } = node as { tag?: string };
      if (tag?.startsWith('tag:yaml.org,2002:') && !plain.test(tag))
        say(
          'yaml-syntax',
          `Recipes hold plain values, and \`!!${tag.slice('tag:yaml.org,2002:'.length)}\` makes something else: write text, a number, true, false or null.`,
        );
      if (!isScalar(node)) return;
      const { value } = node;
      if (typeof value === 'string' && value.length > limits.text)
        found.push({
          start,
          end: start + 1,
          code: 'text-too-long',
          message: `This text has ${value.length} characters; ${limits.text} are the most. Put large data into a file of its own, as a param of type file.`,
        });
      if (typeof value === 'string' && !value.isWellFormed())
        say(
          'invalid-value',
          'This text holds half of a character (a lone surrogate), which cannot be stored: write the whole character.',
        );
      if (typeof value === 'number' && !Number.isFinite(value))
        say(
          'invalid-value',
          `YAML reads \`${node.source ?? String(value)}\` as ${value}, which no plan can hold: write a number in full, or quote it as text.`,
        );
    },
  });
  return found;
}

/** Aliases of aliases of aliases: a few lines that stand for billions of values, or for themselves. */
export function aliasProblems(document: Document.Parsed): YamlProblem[] {
  if (document.errors.length > 0) return [];
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  const anchors = new Map<string, Node>();
  let aliases = 0;
  let aliased = 0;
  let found: YamlProblem | undefined;
  const fail = (node: Node, code: ErrorCode, message: string): number => {
    found ??= { start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 1, code, message };
    return 1;
  };
  const size = (node: unknown): number => {
    if (found !== undefined) return 1;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        return fail(node, 'yaml-syntax', `There is no anchor \`&${node.source}\` before this alias.`);
      if (open.has(target))
        return fail(node, 'alias-expansion', `\`*${node.source}\` stands within what it stands for.`);
      const adds = sizes.get(target) ?? 1;
      aliased += adds;
      aliases += 1;
      if (aliases > limits.aliases)
        return fail(
          node,
          'alias-expansion',
          `There are more than ${limits.aliases} aliases up to here. \`foreach\` and \`matrix\` repeat stages.`,
        );
      return aliased <= limits.aliased
        ? adds
        : fail(
            node,
            'alias-expansion',
            `Up to here, aliases stand for more than ${limits.aliased} values, as a YAML bomb does. \`foreach\` and \`matrix\` repeat stages.`,
          );
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 0;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    open.add(node);
    let total = 1;
    if (isMap(node)) for (const pair of node.items) total += size(pair.key) + size(pair.value);
    if (isSeq(node)) for (const item of node.items) total += size(item);
    open.delete(node);
    sizes.set(node, total);
    return total;
  };
  size(document.contents);
  return found === undefined ? [] : [found];
}

function isMerge(value: unknown): boolean {
  return value === '<<' || (typeof value === 'symbol' && value.description === '<<');
}

function isMergeable(value: unknown, anchors: ReadonlyMap<string, unknown>): boolean {
  const of = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node);
  const source = of(value);
  if (isSeq(source)) return source.items.every((item) => isMap(of(item)));
  return isMap(source);
}

function rangeOf(node: unknown): YAMLMap['range'] {
  return isNode(node) ? node.range : undefined;
}
