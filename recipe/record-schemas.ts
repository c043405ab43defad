import checkout from '../schemas/checkout.schema.json' with { type: 'json' };
import environment from '../schemas/environment.schema.json' with { type: 'json' };
import instance from '../schemas/instance.schema.json' with { type: 'json' };
import judgement from '../schemas/judgement.schema.json' with { type: 'json' };
import trajectory from '../schemas/trajectory.schema.json' with { type: 'json' };
import verdict from '../schemas/verdict.schema.json' with { type: 'json' };

/** What a record looks like, as far as predicates ask. */
export interface RecordSchema {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, RecordSchema>>;
  readonly additionalProperties?: unknown;
}

const schemas: Readonly<Record<string, RecordSchema>> = {
  checkout, checkouts: checkout,
  environment, environments: environment,
  instance, instances: instance,
  judgement, judgements: judgement, scores: judgement,
  trajectory, trajectories: trajectory,
  verdict, verdicts: verdict,
};

/** The schema of a record kind (`trajectory`) or of the records of an artifact kind (`trajectories`); undefined where it has none. */
export function recordSchema(kind: string): RecordSchema | undefined {
  return Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
}
