import type { NodeRecord } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import type { PlanInput, PlanNode } from '../../recipe/plan.js';
import type { RecordedRun } from '../lineage/recorded-run.js';
import type { CrateArtifacts } from './artifacts.js';
import { localId, oneOrMany, timeOf, type Graph, type Reference } from './graph.js';
import { describeValues } from './params.js';
import type { CrateRecipe } from './recipe-files.js';

export interface StageEntities {
  readonly tools: Reference[];
  readonly steps: Reference[];
  readonly controls: Reference[];
  readonly actions: Reference[];
}

/** Of each stage: the tool, the step, and where it ran the action with what went in and came out. */
export async function describeStages(
  store: Store,
  run: RecordedRun,
  graph: Graph,
  artifacts: CrateArtifacts,
  recipe: CrateRecipe,
  agent: Reference | undefined,
): Promise<StageEntities> {
  const tools = new Map<string, Reference>();
  const entities: StageEntities = { tools: [], steps: [], controls: [], actions: [] };
  for (const [number, node] of run.plan.nodes.entries()) {
    const tool = graph.add({
      '@id': localId('activity', `${node.activity}@${node.version}`),
      '@type': 'SoftwareApplication',
      name: node.activity,
      softwareVersion: String(node.version),
    });
    tools.set(tool['@id'], tool);
    const step = graph.add({
      '@id': localId('step', node.id),
      '@type': 'HowToStep',
      name: node.id,
      position: String(number),
      workExample: tool,
    });
    entities.steps.push(step);
    const record = run.nodes.get(number);
    if (!record || !['cached', 'done', 'held', 'failed'].includes(record.state)) continue;
    const object = [...(await inputsOf(run, node, artifacts, recipe)), ...describeValues(graph, node.id, node.with)];
    const action = graph.add({
      '@id': localId('action', node.id),
      '@type': 'CreateAction',
      name: `${node.activity} as ${node.id}`,
      instrument: tool,
      agent,
      ...(await timesOf(store, record)),
      ...statusOf(record),
      ...(record.key === undefined ? {} : { identifier: record.key }),
      object: oneOrMany(object),
      result: oneOrMany(await outputsOf(record, artifacts)),
    });
    entities.actions.push(action);
    entities.controls.push(
      graph.add({
        '@id': localId('control', node.id),
        '@type': 'ControlAction',
        name: `Stage ${node.id}`,
        instrument: step,
        object: action,
      }),
    );
  }
  return { ...entities, tools: [...tools.values()] };
}

/** Of a stage from the cache, when the work was done, be it by an earlier run. */
async function timesOf(store: Store, { key, startedAt, endedAt, state }: NodeRecord): Promise<object> {
  const made = key === undefined ? undefined : (await store.stages.peek(key))?.provenance;
  const start = state === 'cached' || startedAt === undefined ? made?.['startedAt'] : startedAt;
  const end = state === 'cached' || endedAt === undefined ? made?.['endedAt'] : endedAt;
  const times = {
    ...(typeof start === 'string' ? { startTime: timeOf(start) } : {}),
    ...(typeof end === 'string' ? { endTime: timeOf(end) } : {}),
  };
  const description =
    state === 'cached' ? 'Taken from the cache: the same work was done before, at these times.' : 'Done in this run.';
  return { ...times, description };
}

function statusOf({ state, failure }: NodeRecord): object {
  if (state === 'cached' || state === 'done') return { actionStatus: 'http://schema.org/CompletedActionStatus' };
  return {
    actionStatus: 'http://schema.org/FailedActionStatus',
    ...(failure ? { error: failure.message } : {}),
  };
}

async function inputsOf(
  run: RecordedRun,
  node: PlanNode,
  artifacts: CrateArtifacts,
  recipe: CrateRecipe,
): Promise<Reference[]> {
  const found = await Promise.all(
    Object.values(node.inputs)
      .flat()
      .map(async (input) => {
        const source = sourceOf(input);
        if (source) {
          const digest = run.nodes.get(source.node)?.outputs?.[source.output]?.digest;
          return digest === undefined ? undefined : artifacts.find(digest);
        }
        return input.from === 'file' ? recipe.files.get(input.path) : undefined;
      }),
  );
  return [...new Map(found.flatMap((one) => (one ? [[one['@id'], one] as const] : []))).values()];
}

function sourceOf(input: PlanInput): { node: number; output: string } | undefined {
  if (input.from === 'node') return input;
  if (input.from === 'model' && input.model.kind === 'weights') return input.model;
  return undefined;
}

/** A folder an output, named after the stage that made it first. */
async function outputsOf({ id, outputs }: NodeRecord, artifacts: CrateArtifacts): Promise<Reference[]> {
  const references: Reference[] = [];
  const folder = `artifacts/${id.replace(/[^\w.-]+/g, '_')}`;
  for (const [name, output] of Object.entries(outputs ?? {}))
    references.push(await artifacts.add(output, `${folder}/${name}`, `${id}.${name}`));
  return references;
}
