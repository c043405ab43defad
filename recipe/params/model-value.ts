import type { DraftModel } from '../draft.js';
import type { JsonObject } from '../json.js';
import { isObject as isJsonObject } from '../merge.js';
import type { Reporter } from '../syntax/reporter.js';
import { looksSecret } from '../load/secrets.js';
import type { Place } from '../syntax/source.js';
import {
  Artifact,
  Broken,
  ModelValue,
  Pruned,
  type Value,
  broken,
  describeHandle,
  isHandle,
  isObject,
  plainValue,
} from '../expressions/values.js';

const forms =
  'write { scripted: NAME }, { hub: NAME }, { weights: "${{ stages.sft.outputs.model }}" } or { model: NAME, url: ... }';

/** Reads what a `models` entry or a param of type model says. Null and pruned stay what they are. */
export function readModel(value: Value, reporter: Reporter, place: Place): Value {
  if (value === null || value instanceof Pruned || value instanceof Broken || value instanceof ModelValue) return value;
  if (value instanceof Artifact) return fromArtifact(value, {}, reporter, place);
  if (isHandle(value)) return fail(`A model cannot be ${describeHandle(value)}`);
  if (!isObject(value)) return fail(`A model is \`${JSON.stringify(value)}\``);
  const serve = plainValue(value.serve ?? null);
  const options: JsonObject = !isHandle(serve) && isJsonObject(serve) ? serve : {};
  const kinds = ['scripted', 'hub', 'weights', 'model'].filter((name) => value[name] !== undefined);
  if (kinds.length !== 1)
    return fail(
      `A model says ${kinds.length === 0 ? 'nothing of what it is' : kinds.map((kind) => `\`${kind}\``).join(' and ')}`,
    );
  const revision = typeof value.revision === 'string' ? { revision: value.revision } : {};
  switch (kinds[0]) {
    case 'scripted':
      return typeof value.scripted === 'string'
        ? new ModelValue({ kind: 'scripted', name: value.scripted })
        : fail('`scripted` takes a name');
    case 'hub': {
      if (typeof value.hub !== 'string') return fail('`hub` takes the name of a repository');
      const [hub = '', tag] = value.hub.split('@');
      const pinned = tag === undefined ? revision : { revision: tag };
      if (pinned.revision === undefined) {
        reporter.warn(
          place,
          'unpinned-reference',
          `Model \`${hub}\` names no revision: it may be something else tomorrow. Add \`revision: COMMIT\`.`,
        );
      }
      return new ModelValue({ kind: 'hub', hub, ...pinned, serve: options });
    }
    case 'weights': {
      const weights = value.weights ?? null;
      if (weights === null || weights instanceof Pruned || weights instanceof Broken) return weights;
      // `${{ params.base || stages.pretrain.outputs.model }}`: either way it is served as said here.
      if (weights instanceof ModelValue)
        return new ModelValue(
          'serve' in weights.model
            ? { ...weights.model, serve: { ...weights.model.serve, ...options } }
            : weights.model,
        );
      if (weights instanceof Artifact) return fromArtifact(weights, options, reporter, place);
      return fail('`weights` takes the model output of a stage');
    }
    default:
      return endpoint(value, revision, fail, credential);
  }

  /** Put together from pieces; where it is written out it was told when the file was read. */
  function credential(key: string): Broken {
    if (!reporter.told('literal-secret'))
      reporter.error(
        place,
        'literal-secret',
        `The \`${key}\` of this model comes to a credential, which would be written into the plan. Name it instead: key: { secret: NAME }.`,
      );
    return broken;
  }

  function fail(what: string): Broken {
    reporter.error(place, 'invalid-model', `${what}; ${forms}.`);
    return broken;
  }
}

function endpoint(
  value: { [key: string]: Value },
  revision: { revision?: string },
  fail: (what: string) => Broken,
  credential: (key: string) => Broken,
): Value {
  const url = plainValue(value.url ?? null);
  const key = plainValue(value.key ?? null);
  if (typeof value.model !== 'string') return fail('`model` takes the name that the endpoint knows it by');
  if (isHandle(url) || isHandle(key) || url === null) return fail(`Model \`${value.model}\` has no \`url\``);
  if (typeof url === 'string' && looksSecret(url)) return credential('url');
  if (typeof key === 'string') return credential('key');
  const model: DraftModel = {
    kind: 'endpoint',
    model: value.model,
    ...revision,
    url,
    ...(key === null ? {} : { key }),
  };
  return new ModelValue(model);
}

function fromArtifact(artifact: Artifact, serve: JsonObject, reporter: Reporter, place: Place): Value {
  const [ref] = artifact.refs;
  if (ref === undefined || artifact.refs.length > 1 || !['model', 'verifier', 'any'].includes(artifact.kind)) {
    reporter.error(
      place,
      'wrong-kind',
      `A model is made of one model output; this is ${artifact.refs.length} of kind ${artifact.kind}.`,
    );
    return broken;
  }
  return new ModelValue({ kind: 'weights', draft: ref.draft, output: ref.output, serve });
}
