import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../artifacts/open.js';
import { isUserError } from '../../recipe/errors.js';
import { lineageOf, type Lineage } from '../lineage/lineage.js';
import type { RecordedRun } from '../lineage/recorded-run.js';
import { describeStages } from './actions.js';
import { CrateArtifacts } from './artifacts.js';
import { CrateFolder } from './folder.js';
import { Graph, localId, oneOrMany, pathId, timeOf, type Reference } from './graph.js';
import { licencesPage } from './licences.js';
import { readme } from './readme.js';
import { describeParams } from './params.js';
import { writeRecipeFiles, type CrateRecipe } from './recipe-files.js';

export interface CrateOptions {
  readonly folder: string;
  /** `Name`, or `Name <https://orcid.org/...>`. */
  readonly author?: string;
  /** SPDX identifier of the licence that the crate is published under. */
  readonly licence?: string;
  /** Bytes of a file beyond which it is described and left out. */
  readonly largest: number;
  /** Of Mortar. */
  readonly version: string;
}

export interface WrittenCrate {
  readonly left: { readonly files: number; readonly bytes: number };
}

const profiles: readonly (readonly [id: string, name: string, version: string])[] = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
];

/**
 * A run as a research object: RO-Crate 1.1 with the Provenance Run Crate profile. The metadata is written last: a folder without it is
 * no crate.
 * @throws UserError `folder-not-empty`
 */
export async function writeCrate(store: Store, run: RecordedRun, options: CrateOptions): Promise<WrittenCrate> {
  const { record, state, plan } = run;
  const graph = new Graph();
  const folder = await CrateFolder.make(options.folder, graph);
  graph.add({
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    about: { '@id': './' },
    conformsTo: [
      { '@id': 'https://w3id.org/ro/crate/1.1' },
      { '@id': 'https://w3id.org/workflowhub/workflow-ro-crate/1.0' },
    ],
  });
  const conformsTo = profiles.map(([id, name, version]) =>
    graph.add({ '@id': id, '@type': 'CreativeWork', name, version }),
  );
  const recipe = await writeRecipeFiles(store, record, folder);
  const artifacts = new CrateArtifacts(store, folder, graph, options.largest);
  const author = authorOf(graph, options.author);
  const times = {
    startTime: timeOf(record.createdAt),
    ...(state.endedAt ? { endTime: timeOf(state.endedAt) } : {}),
  };
  const report = reportOf(run);
  if (report) await artifacts.add(report, 'report', 'Report');
  const stages = await describeStages(store, run, graph, artifacts, recipe, author);
  const { formal, values } = describeParams(graph, plan);
  const language = graph.add({
    '@id': localId('language', 'mortar'),
    '@type': 'ComputerLanguage',
    name: 'Mortar recipe',
    alternateName: 'mortar',
    version: '1',
  });
  const workflow = await folder.write(recipe.path, recipe.text, {
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
    name: plan.name,
    programmingLanguage: language,
    conformsTo: { '@id': 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE' },
    input: formal,
    hasPart: stages.tools,
    step: stages.steps,
  });
  const results = [...run.nodes.values()]
    .filter(({ node }) => !plan.nodes.some(({ inputs }) => readsFrom(inputs, node)))
    .flatMap(({ outputs }) => Object.values(outputs ?? {}).map(({ digest }) => artifacts.find(digest)));
  const runAction = graph.add({
    '@id': localId('run', record.id),
    '@type': 'CreateAction',
    name: `Run ${record.id} of ${plan.name}${plan.profile ? `, profile ${plan.profile}` : ''}`,
    ...times,
    instrument: workflow,
    description: `${plan.nodes.length} stages, ${state.state}.`,
    agent: author,
    actionStatus: `http://schema.org/${actionStatus(state.state)}`,
    ...(state.failure ? { error: state.failure.message } : {}),
    object: [...recipe.files.values(), ...values],
    result: oneOrMany((await Promise.all(results)).filter((reference) => reference !== undefined)),
  });
  const engine = graph.add({
    '@id': localId('engine', 'mortar'),
    '@type': 'SoftwareApplication',
    name: 'Mortar',
    softwareVersion: options.version,
  });
  const organized = graph.add({
    '@id': localId('organize', record.id),
    '@type': 'OrganizeAction',
    name: `Execution of ${plan.name} by Mortar`,
    ...times,
    instrument: engine,
    object: stages.controls,
    result: runAction,
  });
  const pages = await writePages(store, run, folder, recipe);
  const licence = licenceOf(graph, options.licence);
  graph.add({
    '@id': './',
    '@type': 'Dataset',
    name: `${plan.name}, run ${record.id}`,
    description: `A run of the Mortar recipe ${plan.name}: its recipe and data, each stage with what went in and came out${report ? ', the report' : ''}, and the way from each number to the data behind it.`,
    datePublished: (state.endedAt ?? state.updatedAt).slice(0, 10),
    license: licence,
    author,
    conformsTo,
    mainEntity: workflow,
    hasPart: [workflow, ...recipe.others, ...pages, ...(await dataSets(run, artifacts))],
    mentions: [runAction, ...stages.actions, organized],
  });
  const metadata = `${JSON.stringify(graph.toJson(), null, 2)}\n`;
  await writeFile(join(options.folder, 'ro-crate-metadata.json'), metadata);
  return { left: artifacts.left };
}

/** The plan, the records of the run, the licences, and the lineage where the run has a score. */
async function writePages(
  store: Store,
  run: RecordedRun,
  folder: CrateFolder,
  recipe: CrateRecipe,
): Promise<Reference[]> {
  const { record, state, plan, nodes } = run;
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const pages = [
    await folder.write('README.md', readme(run), {
      about: { '@id': './' },
      description: 'What is where in this crate',
    }),
    await folder.write('LICENCES.md', await licencesPage(store, run), { description: 'Licences of the source trees' }),
    await folder.write('provenance/plan.json', json(plan), { description: 'The plan that was carried out' }),
    await folder.write('provenance/run.json', json({ record, state, nodes: [...nodes.values()] }), {
      description: 'Records of the run and its stages, with their keys',
    }),
  ];
  const lines = async function* (): AsyncIterable<string> {
    for await (const entry of lineageOf(store, run)) yield `${JSON.stringify(inCrate(entry, recipe))}\n`;
  };
  try {
    pages.push(
      await folder.write('provenance/lineage.jsonl', lines(), {
        description:
          'From each number of the report to its attempts, and from each attempt to the records behind it, by artifact and line',
      }),
    );
  } catch (error) {
    if (!isUserError(error) || error.code !== 'no-score') throw error;
  }
  return pages;
}

/** Rows of files are named by where the file is in the crate. */
function inCrate(entry: Lineage, { files }: CrateRecipe): Lineage {
  if (entry.kind === 'metric') return entry;
  const records = entry.records.map((place) => {
    const file = place.kind === 'file' ? files.get(place.id.replace(/:\d+$/, '')) : undefined;
    return file ? { ...place, id: `${file['@id']}:${place.line}` } : place;
  });
  return { ...entry, records };
}

async function dataSets(run: RecordedRun, artifacts: CrateArtifacts): Promise<Reference[]> {
  const found = [...run.nodes.values()].flatMap(({ outputs }) =>
    Object.values(outputs ?? {}).map(({ digest }) => artifacts.find(digest)),
  );
  const references = (await Promise.all(found)).flatMap((one) => (one ? [[one['@id'], one] as const] : []));
  return [...new Map(references).values()];
}

/** Of the last stage that made one. */
function reportOf({ nodes }: RecordedRun): { kind: string; digest: string } | undefined {
  return [...nodes.values()]
    .sort((left, right) => right.node - left.node)
    .flatMap(({ outputs }) => Object.values(outputs ?? {}).filter(({ kind }) => kind === 'report'))[0];
}

function readsFrom(inputs: RecordedRun['plan']['nodes'][number]['inputs'], node: number): boolean {
  return Object.values(inputs)
    .flat()
    .some(
      (input) =>
        (input.from === 'node' && input.node === node) ||
        (input.from === 'model' && input.model.kind === 'weights' && input.model.node === node),
    );
}

function authorOf(graph: Graph, author: string | undefined): Reference | undefined {
  if (author === undefined) return undefined;
  const [, name = author, uri] = /^(.*?)\s*<(https?:[^>]+)>$/.exec(author) ?? [];
  return graph.add({ '@id': uri ?? localId('author', name), '@type': 'Person', name });
}

function licenceOf(graph: Graph, spdx: string | undefined): Reference {
  if (spdx === undefined) return { '@id': pathId('LICENCES.md') };
  return graph.add({ '@id': `https://spdx.org/licenses/${spdx}`, '@type': 'CreativeWork', name: spdx });
}

function actionStatus(state: RecordedRun['state']['state']): string {
  switch (state) {
    case 'succeeded':
      return 'CompletedActionStatus';
    case 'running':
    case 'held':
      return 'ActiveActionStatus';
    case 'failed':
    case 'cancelled':
      return 'FailedActionStatus';
  }
}
