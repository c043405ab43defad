import type { InputDeclaration } from '../declaration.js';
import type { DraftInput } from '../draft.js';
import type { Scope } from '../expressions/evaluate.js';
import type { Json } from '../json.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { listed } from '../suggest.js';
import { evaluateText, wholeExpression } from '../expressions/template.js';
import type { Broken, Instances, Pruned } from '../expressions/values.js';
import { Artifact, Every, Instance, type Value, broken, describeHandle, isHandle } from '../expressions/values.js';

/** Evaluates what an `inputs` entry says: a bare reference, an expression, or a list of them. */
export function resolveReference(raw: Json, scope: Scope, reporter: Reporter, place: Place): Value {
  if (raw === null) return null;
  if (Array.isArray(raw))
    return raw.map((entry, index) =>
      resolveReference(entry, scope, reporter, { ...place, path: [...place.path, index] }),
    );
  if (typeof raw !== 'string') {
    reporter.error(
      place,
      'invalid-reference',
      `An input is a reference such as split.test, not \`${JSON.stringify(raw)}\`. Values belong under \`with\`.`,
    );
    return broken;
  }
  const whole = wholeExpression(raw);
  if (!whole && raw.includes('${{')) {
    reporter.error(place, 'invalid-reference', `\`${raw}\` mixes text and an expression: an input is one reference.`);
    return broken;
  }
  const value = evaluateText(whole?.expression ?? raw, scope, reporter, place, whole?.offset ?? 0);
  // A foreach entry names its artifact as text: `{ base: { model: models.base } }`, then `foreach.value.model`.
  if (typeof value === 'string' && value !== raw)
    return evaluateText(value, scope, reporter, { ...place, span: undefined });
  return value;
}

export interface Resolved {
  readonly sources: readonly DraftInput[];
  /** Kinds of the artifacts among them. */
  readonly kinds: readonly string[];
  readonly pruned: readonly Pruned[];
  /** What is of another kind, in words. */
  readonly refused: readonly string[];
  /** Refused, or broken before. */
  readonly broken: boolean;
}

interface Collected extends Resolved {
  readonly sources: DraftInput[];
  readonly kinds: string[];
  readonly pruned: Pruned[];
  readonly refused: string[];
  broken: boolean;
}

const none: readonly never[] = [];

/** Turns the value of an input into plan inputs of the declared kind. */
export function readInput(value: Value, name: string, { kind }: InputDeclaration): Resolved {
  // What most inputs are; all that read an output share the list of it.
  if (value instanceof Artifact && value.kind !== 'model' && accepts(kind, value.kind))
    return { sources: value.refs, kinds: [value.kind], pruned: none, refused: none, broken: false };
  const into: Collected = { sources: [], kinds: [], pruned: [], refused: [], broken: false };
  collect(value, name, kind, into);
  return into;
}

function accepts(accepted: InputDeclaration['kind'], kind: string): boolean {
  return (
    kind === 'any' ||
    accepted === 'any' ||
    accepted === kind ||
    (Array.isArray(accepted) && listAccepts(accepted, kind))
  );
}

function listAccepts(accepted: readonly string[], kind: string): boolean {
  return accepted.includes(kind) || accepted.includes('any');
}

function refuse(into: Collected, name: string, accepted: InputDeclaration['kind'], what: string): void {
  into.refused.push(`Input \`${name}\` takes ${[accepted].flat().join(' or ')}, and this is ${what}.`);
  into.broken = true;
}

function collect(value: Value, name: string, accepted: InputDeclaration['kind'], into: Collected): void {
  if (value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) collect(entry, name, accepted, into);
    return;
  }
  if (!isHandle(value))
    return refuse(into, name, accepted, `the value \`${JSON.stringify(value)}\`; values belong under \`with\``);
  switch (value.handle) {
    case 'broken':
      into.broken = true;
      return;
    case 'pruned':
      into.pruned.push(value);
      return;
    case 'artifact':
      if (!accepts(accepted, value.kind)) return refuse(into, name, accepted, `of kind ${value.kind}`);
      into.kinds.push(value.kind);
      // What a model was called does not change what is made of it.
      for (const ref of value.refs)
        into.sources.push(value.kind === 'model' && ref.key !== '' ? { ...ref, key: '' } : ref);
      return;
    case 'file':
      if (!accepts(accepted, 'file')) return refuse(into, name, accepted, describeHandle(value));
      into.kinds.push('file');
      into.sources.push({ from: 'file', path: value.path, digest: value.digest });
      return;
    case 'model':
      if (!accepts(accepted, 'model')) return refuse(into, name, accepted, 'a model');
      into.kinds.push('model');
      into.sources.push({ from: 'model', model: value.model });
      return;
    case 'instance':
    case 'instances':
    case 'every':
      if ([accepted].flat().includes('any')) {
        into.kinds.push('any');
        for (const source of records(value)) into.sources.push(source);
        return;
      }
      return refuse(
        into,
        name,
        accepted,
        `${describeHandle(value)} as a whole; name one of its outputs: ${listed(outputNames(value).map((output) => `${value.handle === 'every' ? `${value.of.id}[*]` : value.id}.${output}`))}`,
      );
    case 'lazy':
      return refuse(into, name, accepted, `${describeHandle(value)} as a whole`);
  }
}

/** Kinds that are file trees: they have no records. */
export const trees: readonly string[] = ['model', 'verifier', 'report', 'file'];

/** Where anything is taken, a bare stage stands for all that it writes, file trees apart: `notes: [validate, split]`. */
function records(entry: Instance | Instances | Every): DraftInput[] {
  const of = (instance: Instance | Pruned | Broken): DraftInput[] => {
    if (!(instance instanceof Instance)) return [];
    return instance.names.flatMap((name) => {
      const value = instance.output(name);
      if (!(value instanceof Artifact) || trees.includes(value.kind)) return [];
      return value.refs.map(
        (ref) => ({ from: 'node', draft: ref.draft, output: ref.output, key: `${instance.id}.${name}` }) as const,
      );
    });
  };
  if (entry instanceof Instance) return of(entry);
  return [...(entry instanceof Every ? entry.of : entry).byKey.values()].flatMap(of);
}

function outputNames(entry: Instance | Instances | Every): readonly string[] {
  if (entry instanceof Instance) return entry.names;
  const first = [...(entry instanceof Every ? entry.of : entry).byKey.values()].find(
    (instance) => instance instanceof Instance,
  );
  return first?.names ?? [];
}

/** The key of the foreach that something came out of, put on all its artifacts; the innermost key of a model stays unsaid. */
export function withKey(value: Value, key: string): Value {
  if (key === '') return value;
  if (value instanceof Artifact)
    return new Artifact(
      value.kind,
      value.refs.map((ref) => ({ ...ref, key })),
    );
  if (Array.isArray(value)) return value.map((entry) => withKey(entry, key));
  return value;
}

export function isAbsent(resolved: Resolved): boolean {
  return resolved.sources.length === 0 && !resolved.broken;
}
