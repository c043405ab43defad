import { findRun } from '../run/run-view.js';
import type { Store } from '../../artifacts/open.js';
import type { Candidate } from './candidate.js';

/** Milliseconds that a store may take: somebody has pressed a key, and waits. */
const WITHIN = 1_500;
/** Runs that are offered, newest first. */
const MOST = 20;

/** Ids of the newest runs; none where no store answers in time. */
export async function runWords(): Promise<Candidate[]> {
  return withStore(async (store) => {
    const ids = (await store.runs.ids()).slice(0, MOST);
    const records = await Promise.all(ids.map((id) => store.runs.run(id)));
    const described = records.map((record) => (record ? { description: record.name } : {}));
    return [
      ...(ids.length > 0 ? [{ value: 'latest', description: 'the newest run' }] : []),
      ...ids.map((value, index) => ({ value, ...described[index] })),
    ];
  });
}

/** Stages of a run, with their outputs where those are asked for. */
export async function runStageWords(run: string, outputs: boolean): Promise<Candidate[]> {
  return withStore(async (store) => {
    const id = await findRun(store, run);
    const nodes = [...(await store.runs.nodes(id)).values()].sort((left, right) => left.node - right.node);
    if (outputs)
      return nodes.flatMap((node) =>
        Object.entries(node.outputs ?? {}).map(([output, { kind }]) => ({
          value: `${node.id}.${output}`,
          description: kind,
        })),
      );
    return nodes.map((node) => ({ value: node.id, description: node.state }));
  });
}

async function withStore(look: (store: Store) => Promise<Candidate[]>): Promise<Candidate[]> {
  const late = new Promise<Candidate[]>((resolve) => setTimeout(resolve, WITHIN, []).unref());
  return Promise.race([looked(look), late]);
}

async function looked(look: (store: Store) => Promise<Candidate[]>): Promise<Candidate[]> {
  const [{ findServices }, { servicesDirectory }, { storeEnvironment }] = await Promise.all([
    import('../../services/find-services.js'),
    import('../../services/paths.js'),
    import('../../services/connection.js'),
  ]);
  const { s3 } = findServices(servicesDirectory());
  if (s3 === undefined) return [];
  const { openStore } = await import('../../artifacts/open.js');
  const store = await openStore({ environment: { ...process.env, ...storeEnvironment(s3) }, impatient: true });
  try {
    return await look(store);
  } finally {
    store.close();
  }
}
