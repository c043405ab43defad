import { draftsIn } from './drafts-in.js';
import { entriesOf } from '../syntax/entry.js';
import { display } from '../expressions/functions.js';
import type { Scope } from '../expressions/evaluate.js';
import { resolveReference, withKey } from './inputs.js';
import type { Json, JsonObject } from '../json.js';
import { limits } from '../limits.js';
import { isObject } from '../merge.js';
import type { Group, StageEntry } from './planner.js';
import type { Path, Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import { resolveTemplates } from '../expressions/template.js';
import { reportViolation } from '../schema/unquoted.js';
import { validateSchema } from '../schema/validate.js';
import {
  Artifact,
  Broken,
  Composite,
  type Instance,
  Lazy,
  ModelValue,
  FileValue,
  type Value,
  broken,
  isHandle,
} from '../expressions/values.js';

const valueTypes = ['integer', 'number', 'string', 'boolean', 'object', 'array', 'any'];

interface PartInput {
  readonly type: string;
  readonly value: boolean;
  readonly optional: boolean;
  readonly default: Json | undefined;
}

/** Makes the nodes of a stage that uses a part; their ids begin with the stage's: `demos.grade`, `evaluate[base].rollout`. */
export function expandPart(group: Group, stage: StageEntry, scope: Scope, id: string, key: string): Instance | Broken {
  const { recipe, reporter } = group.planner.options;
  const at = (...path: Path): Place => stage.entry.at(...path);
  const name = display(stage.raw.uses ?? null).slice('part/'.length);
  const part = recipe.parts.get(name);
  if (part?.raw === null) return broken;
  if (part === undefined || !isObject(part.raw)) {
    const meant = suggest(name, recipe.parts.keys());
    reporter.error(
      at('uses'),
      'unknown-part',
      `There is no part \`${name}\`${didYouMean(meant) || `; there are ${listed(recipe.parts.keys())}.`}`,
      meant && `part/${meant}`,
    );
    return broken;
  }
  for (const field of ['items', 'retry', 'timeout', 'queue', 'sandbox', 'outputs', 'expect', 'approve']) {
    if (stage.raw[field] !== undefined)
      reporter.error(
        { ...at(field), key: true },
        'not-of-part',
        `\`${field}\` belongs to an activity: say it in the stages of part \`${name}\`.`,
      );
  }
  const open = group.openParts();
  const circle = open.findIndex(({ raw }) => raw === part.raw);
  if (circle !== -1) {
    const path = [name, ...open.slice(0, circle + 1).map((entry) => entry.name)].reverse();
    reporter.error(
      at('uses'),
      'cycle',
      `Parts use each other: ${path.map((entry) => `part/${entry}`).join(' -> ')}. Break the circle at one of them.`,
    );
    return broken;
  }
  if (open.length >= limits.nested) {
    reporter.error(at('uses'), 'too-deep', `Parts use each other here through more than ${limits.nested} levels.`);
    return broken;
  }
  return group.planner.guard(`${id} (part/${name})`, stage.entry, () => {
    const partRaw = part.raw as JsonObject;
    const stages = isObject(partRaw.stages) ? partRaw.stages : {};
    const { source, path } = part.place;
    const entries = new Map(
      entriesOf(stages, source, [...path, 'stages']).map((entry) => [entry.name, entry] as const),
    );
    const inputs = readPartInputs(
      group,
      stage,
      { name, place: part.place },
      isObject(partRaw.inputs) ? partRaw.inputs : {},
      scope,
      at,
    );
    const needs = [...group.needs, ...group.needed(stage)];
    const inner = group.inner({ name, raw: partRaw }, { prefix: `${id}.`, stages: entries, inputs, needs });
    const drafts = [...entries.keys()].flatMap((entry) => draftsIn(inner.stage(entry) ?? null));
    const outputs = isObject(partRaw.outputs) ? partRaw.outputs : {};
    const known = new Map<string, Value>();
    for (const [output, raw] of Object.entries(outputs)) {
      known.set(
        output,
        withKey(
          resolveReference(raw, inner.scope(), reporter, {
            ...part.place,
            path: [...part.place.path, 'outputs', output],
          }),
          key,
        ),
      );
    }
    return new Composite(id, Object.keys(outputs), drafts, (output) => known.get(output) ?? null);
  });
}

function readPartInputs(
  group: Group,
  stage: StageEntry,
  part: { readonly name: string; readonly place: Place },
  declared: JsonObject,
  scope: Scope,
  at: (...path: Path) => Place,
): Lazy {
  const { reporter } = group.planner.options;
  const types = new Map(Object.entries(declared).map(([name, raw]) => [name, readType(raw)]));
  for (const [name, type] of types) {
    if (!type.value || valueTypes.includes(type.type)) continue;
    reporter.error(
      { ...part.place, path: [...part.place.path, 'inputs', name] },
      'invalid-value',
      `Input \`${name}\` of part \`${part.name}\` is of type \`${type.type}\`; there are ${listed(valueTypes)}.`,
      suggest(type.type, valueTypes),
    );
    types.set(name, { ...type, type: 'any' });
  }
  const values = new Map<string, Value>();
  for (const section of ['inputs', 'with'] as const) {
    for (const [name, raw] of Object.entries(isObject(stage.raw[section]) ? stage.raw[section] : {})) {
      const place = at(section, name);
      const type = types.get(name);
      if (type === undefined) {
        const meant = suggest(name, types.keys());
        reporter.error(
          { ...place, key: true },
          'unknown-input',
          `Part \`${part.name}\` has no input \`${name}\`${didYouMean(meant) || `; it takes ${listed(types.keys())}.`}`,
          meant,
        );
      } else if (type.value !== (section === 'with')) {
        reporter.error(
          { ...place, key: true },
          'wrong-section',
          `\`${name}\` is ${type.value ? 'a value: put it under `with`' : 'an artifact: put it under `inputs`'}.`,
        );
        values.set(name, broken);
      } else {
        values.set(
          name,
          section === 'with'
            ? checked(resolveTemplates(raw, scope, reporter, place), name, type, place)
            : kindChecked(resolveReference(raw, scope, reporter, place), name, type, place),
        );
      }
    }
  }
  for (const [name, type] of types) {
    if (values.has(name)) continue;
    if (!type.optional && type.default === undefined) {
      reporter.error(
        at('uses'),
        'missing-input',
        `Part \`${part.name}\` needs \`${name}\` (${type.type}), under \`${type.value ? 'with' : 'inputs'}\`.`,
      );
      values.set(name, broken);
    } else {
      values.set(name, type.default ?? null);
    }
  }
  return new Lazy(
    'inputs',
    () => [...types.keys()],
    (name) => values.get(name),
  );

  function checked(value: Value, name: string, type: PartInput, place: Place): Value {
    if (sizeOf(value) > limits.given) {
      reporter.error(
        place,
        'alias-expansion',
        `\`${name}\` stands for more than ${limits.given} values here, by parts that hand on what they are given several times.`,
      );
      return broken;
    }
    if (value instanceof Broken || type.type === 'any') return value;
    const [violation] = validateSchema({ type: type.type }, value as Json, `\`${name}\``);
    if (violation === undefined) return value;
    reportViolation(reporter, place, violation);
    return broken;
  }

  function kindChecked(value: Value, name: string, type: PartInput, place: Place): Value {
    const kinds = [value]
      .flat()
      .map((entry) =>
        entry instanceof Artifact
          ? entry.kind
          : entry instanceof ModelValue
            ? 'model'
            : entry instanceof FileValue
              ? 'file'
              : type.type,
      );
    const wrong = kinds.find((kind) => kind !== type.type && kind !== 'any' && type.type !== 'any');
    if (wrong === undefined) return value;
    reporter.error(
      place,
      'wrong-kind',
      `Input \`${name}\` of part \`${part.name}\` takes ${type.type}, and this is of kind ${wrong}.`,
    );
    return broken;
  }
}

/** Values within a value, each as often as it stands there: without walking twice through what stands there twice. */
function sizeOf(value: Value, known = new Map<object, number>()): number {
  if (value === null || typeof value !== 'object' || isHandle(value)) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  let size = 1;
  for (const entry of Object.values(value)) size += sizeOf(entry, known);
  known.set(value, size);
  return size;
}

function readType(raw: Json): PartInput {
  const object = isObject(raw) ? raw : { [valueTypes.includes(display(raw)) ? 'type' : 'kind']: raw };
  const value = object.type !== undefined;
  return {
    type: display((value ? object.type : object.kind) ?? 'any'),
    value,
    optional: object.optional === true,
    default: object.default,
  };
}
