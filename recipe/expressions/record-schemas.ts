import checkout from '../../schemas/checkout.schema.json' with { type: 'json' };
import environment from '../../schemas/environment.schema.json' with { type: 'json' };
import instance from '../../schemas/instance.schema.json' with { type: 'json' };
import judgement from '../../schemas/judgement.schema.json' with { type: 'json' };
import trajectory from '../../schemas/trajectory.schema.json' with { type: 'json' };
import verdict from '../../schemas/verdict.schema.json' with { type: 'json' };

/** What a record looks like, as far as predicates ask. */
export interface RecordSchema {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, RecordSchema>>;
  readonly additionalProperties?: unknown;
}

const byKind = new Map<string, unknown>([
  ['checkout', checkout],
  ['checkouts', checkout],
  ['environment', environment],
  ['environments', environment],
  ['instance', instance],
  ['instances', instance],
  ['judgement', judgement],
  ['scores', judgement],
  ['trajectory', trajectory],
  ['trajectories', trajectory],
  ['verdict', verdict],
  ['verdicts', verdict],
]);

/** The schema of a record kind (`trajectory`) or of the records of an artifact kind (`trajectories`); undefined where it has none. */
export function recordSchema(kind: string): RecordSchema | undefined {
  return byKind.get(kind) as RecordSchema | undefined;
}
