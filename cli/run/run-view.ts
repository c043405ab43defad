import type { Store } from '../../artifacts/open.js';
import type { RecordedRun } from '../../engine/lineage/recorded-run.js';
import { nodeAt } from '../../recipe/address.js';
import { UserError } from '../../recipe/errors.js';
import type { Plan } from '../../recipe/plan.js';
import { didYouMean, suggest } from '../../recipe/suggest.js';

export type RunView = RecordedRun;

/**
 * The id of a run: as given, or the one that it begins or ends, or `latest`.
 * @throws UserError `unknown-run`
 */
export async function findRun(store: Store, given: string): Promise<string> {
  const ids = await store.runs.ids();
  const [latest] = ids;
  if (!latest)
    throw new UserError('unknown-run', 'There are no runs yet. Start one with: mortar run recipes/swe-lego.yaml');
  if (given === 'latest') return latest;
  if (ids.includes(given)) return given;
  const matching = ids.filter((id) => id.startsWith(given) || id.endsWith(given));
  const [only, ...others] = matching;
  if (only && others.length === 0) return only;
  if (only) {
    throw new UserError(
      'unknown-run',
      `'${given}' fits ${matching.length} runs: ${matching.slice(0, 5).join(', ')}. Give more of the id.`,
    );
  }
  throw new UserError(
    'unknown-run',
    `There is no run '${given}'${didYouMean(suggest(given, ids))} The latest is ${latest}; list them with: mortar runs`,
  );
}

export async function viewRun(store: Store, given: string): Promise<RunView> {
  const id = await findRun(store, given);
  const [record, state, nodes] = await Promise.all([store.runs.run(id), store.runs.state(id), store.runs.nodes(id)]);
  if (!record) throw new UserError('unknown-run', `Run ${id} has no record in the store. List runs with: mortar runs`);
  const plan = JSON.parse((await store.blobs.bytes(record.plan)).toString('utf8')) as Plan;
  return { record, state: state ?? { state: 'running', updatedAt: record.createdAt }, plan, nodes };
}

/**
 * The number of a stage by its address, an alias, or its name in a cell of the matrix.
 * @throws UserError `unknown-stage`
 */
export function findNode({ record, plan }: Pick<RunView, 'record' | 'plan'>, stage: string): number {
  const number = nodeAt(plan.nodes, stage);
  if (number !== undefined) return number;
  const names = plan.nodes.flatMap(({ id, aliases }) => [id, ...aliases]);
  throw new UserError(
    'unknown-stage',
    `Run ${record.id} has no stage '${stage}'${didYouMean(suggest(stage, names))} List its stages with: mortar status ${record.id}`,
  );
}
