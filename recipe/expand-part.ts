import { display } from './functions.js';
import type { Scope } from './evaluate.js';
import { resolveReference, withKey } from './inputs.js';
import type { Json, JsonObject } from './json.js';
import { isObject } from './merge.js';
import { Group, type StageEntry, draftsIn } from './planner.js';
import type { Place } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { resolveTemplates } from './template.js';
import { validateSchema } from './validate.js';
import { Artifact, Broken, Instance, Lazy, ModelValue, FileValue, type Value, broken } from './values.js';

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
  const at = (...path: (string | number)[]): Place => ({ ...stage.place, path: [...stage.place.path, ...path] });
  const name = display(stage.raw.uses ?? null).slice('part/'.length);
  const part = recipe.parts.get(name);
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
  for (const field of ['items', 'retry', 'timeout', 'queue', 'sandbox', 'expect', 'approve']) {
    if (stage.raw[field] !== undefined)
      reporter.error(
        { ...at(field), key: true },
        'not-of-part',
        `\`${field}\` belongs to an activity: say it in the stages of part \`${name}\`.`,
      );
  }
  return group.planner.guard(`${id} (part/${name})`, stage.place, () => {
    const partRaw = part.raw as JsonObject;
    const stages = isObject(partRaw.stages) ? partRaw.stages : {};
    const entries = new Map(
      Object.entries(stages).map(([inner, raw]) => [
        inner,
        { raw, place: { ...part.place, path: [...part.place.path, 'stages', inner] } },
      ]),
    );
    if ([...entries.values()].some(({ raw }) => isObject(raw) && raw.uses === `part/${name}`)) {
      reporter.error(part.place, 'cycle', `Part \`${name}\` uses itself.`);
      return broken;
    }
    const inputs = readPartInputs(group, stage, name, isObject(partRaw.inputs) ? partRaw.inputs : {}, scope, at);
    const inner = new Group(group.planner, `${id}.`, entries, inputs, [...group.needs, ...group.needed(stage)]);
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
    return new Instance(id, key, Object.keys(outputs), (output) => known.get(output) ?? null, drafts);
  });
}

function readPartInputs(
  group: Group,
  stage: StageEntry,
  part: string,
  declared: JsonObject,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): Lazy {
  const { reporter } = group.planner.options;
  const types = new Map(Object.entries(declared).map(([name, raw]) => [name, readType(raw)]));
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
          `Part \`${part}\` has no input \`${name}\`${didYouMean(meant) || `; it takes ${listed(types.keys())}.`}`,
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
        `Part \`${part}\` needs \`${name}\` (${type.type}), under \`${type.value ? 'with' : 'inputs'}\`.`,
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
    if (value instanceof Broken || type.type === 'any') return value;
    const [violation] = validateSchema({ type: type.type }, value as Json, `\`${name}\``);
    if (violation === undefined) return value;
    reporter.error(place, violation.code, violation.message);
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
      `Input \`${name}\` of part \`${part}\` takes ${type.type}, and this is of kind ${wrong}.`,
    );
    return broken;
  }
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
