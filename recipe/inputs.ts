import type { InputDeclaration } from './declaration.js';
import type { DraftInput } from './draft.js';
import type { Scope } from './evaluate.js';
import type { Json } from './json.js';
import type { Reporter } from './reporter.js';
import type { Place } from './source.js';
import { listed } from './suggest.js';
import { evaluateText, wholeExpression } from './template.js';
import type { Broken, Instances, Pruned } from './values.js';
import { Artifact, Every, Instance, type Value, broken, describeHandle, isHandle } from './values.js';

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
  readonly broken: boolean;
}

/** Turns the value of an input into plan inputs of the declared kind. */
export function readInput(
  value: Value,
  name: string,
  declaration: InputDeclaration,
  reporter: Reporter,
  place: Place,
): Resolved {
  const accepted = [declaration.kind].flat();
  const accepts = (kind: string): boolean => accepted.includes('any') || kind === 'any' || accepted.includes(kind);
  const result = { sources: [] as DraftInput[], kinds: [] as string[], pruned: [] as Pruned[], broken: false };
  const refuse = (what: string, suggestion?: string): void => {
    reporter.error(
      place,
      'wrong-kind',
      `Input \`${name}\` takes ${accepted.join(' or ')}, and this is ${what}.`,
      suggestion,
    );
    result.broken = true;
  };
  const visit = (entry: Value): void => {
    if (Array.isArray(entry)) return entry.forEach(visit);
    if (entry === null) return;
    if (!isHandle(entry)) return refuse(`the value \`${JSON.stringify(entry)}\`; values belong under \`with\``);
    switch (entry.handle) {
      case 'broken':
        result.broken = true;
        return;
      case 'pruned':
        result.pruned.push(entry);
        return;
      case 'artifact':
        if (!accepts(entry.kind)) return refuse(`of kind ${entry.kind}`);
        result.kinds.push(entry.kind);
        // What a model was called does not change what is made of it.
        for (const ref of entry.refs)
          result.sources.push(entry.kind === 'model' && ref.key !== '' ? { ...ref, key: '' } : ref);
        return;
      case 'file':
        if (!accepts('file')) return refuse(describeHandle(entry));
        result.kinds.push('file');
        result.sources.push({ from: 'file', path: entry.path, digest: entry.digest });
        return;
      case 'model':
        if (!accepts('model')) return refuse('a model');
        result.kinds.push('model');
        result.sources.push({ from: 'model', model: entry.model });
        return;
      case 'instance':
      case 'instances':
      case 'every':
        if (accepted.includes('any')) {
          result.kinds.push('any');
          for (const source of records(entry)) result.sources.push(source);
          return;
        }
        return refuse(
          `${describeHandle(entry)} as a whole; name one of its outputs: ${listed(outputNames(entry).map((output) => `${entry.handle === 'every' ? `${entry.of.id}[*]` : entry.id}.${output}`))}`,
        );
      case 'lazy':
        return refuse(`${describeHandle(entry)} as a whole`);
    }
  };
  visit(value);
  return result;
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
