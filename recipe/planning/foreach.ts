import type { Group, StageEntry } from './planner.js';
import { resolveTemplates } from '../expressions/template.js';
import type { Instance } from '../expressions/values.js';
import {
  Broken,
  Instances,
  Pruned,
  type Value,
  broken,
  describeHandle,
  isHandle,
  isObject,
} from '../expressions/values.js';

/** Expands a foreach stage: one instance for each entry of a list or map, each seeing the one before it as `foreach.previous`. */
export function expandForeach(
  group: Group,
  stage: StageEntry,
  expand: (extra: { readonly [name: string]: Value }, id: string, key: string) => Instance | Pruned | Broken,
): Instances | Pruned | Broken {
  const { reporter } = group.planner.options;
  const place = stage.entry.at('foreach');
  const raw = stage.raw.foreach ?? null;
  if (typeof raw === 'string' && !raw.includes('${{')) {
    const fix = `\${{ ${raw} }}`;
    reporter.error(
      place,
      'foreach-not-a-list',
      `\`foreach\` is the text \`${raw}\`; an expression is written \`${fix}\`.`,
      fix,
    );
    return broken;
  }
  const value = resolveTemplates(raw, group.scope(), reporter, place);
  if (value instanceof Broken) return value;
  const entries = value === null || value instanceof Pruned ? [] : entriesOf(value);
  if (entries === undefined) {
    const what = isHandle(value) ? describeHandle(value) : `\`${JSON.stringify(value)}\``;
    reporter.error(place, 'foreach-not-a-list', `\`foreach\` takes a list or a map; this is ${what}.`);
    return broken;
  }
  const line = stage.entry.source.line(place.path, true);
  if (entries.length === 0) {
    const reason = 'its foreach is empty';
    group.planner.pruned.push({ id: stage.id, line, reason });
    return new Pruned(stage.id, line, reason);
  }
  const instances = new Map<string, Instance | Pruned | Broken>();
  let previous: Value = null;
  for (const [key, entry] of entries) {
    if (instances.has(key)) {
      reporter.error(
        place,
        'duplicate-foreach-key',
        `Two entries of \`foreach\` have the key \`${key}\`; give them different names.`,
      );
      return broken;
    }
    if (!/^[\w.-]+$/.test(key)) {
      reporter.error(
        place,
        'invalid-foreach-key',
        `\`${key}\` cannot be a key of \`foreach\`: keys are letters, digits, dots, dashes and underscores. Give the entry a \`name\`.`,
      );
      return broken;
    }
    const instance = expand({ foreach: { key, value: entry, previous } }, `${stage.id}[${key}]`, key);
    instances.set(key, instance);
    if (!(instance instanceof Pruned)) previous = instance;
  }
  return new Instances(stage.id, instances);
}

/** A map's keys are its own; an object of a list is keyed by its `name`, a scalar by itself, anything else by its position. */
function entriesOf(value: Value): (readonly [string, Value])[] | undefined {
  if (Array.isArray(value)) {
    return value.map((entry, index) => {
      if (isObject(entry)) return [typeof entry.name === 'string' ? entry.name : String(index), entry] as const;
      const scalar = typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean';
      return [scalar ? String(entry) : String(index), entry] as const;
    });
  }
  return isObject(value) ? Object.entries(value) : undefined;
}
