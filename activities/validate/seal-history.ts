import { join } from 'node:path';
import { checkoutFolder } from '../../sandbox/checkout-folder.js';
import { pythonEnvironment } from '../../sandbox/python-environment.js';
import type { Environment, Instance } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type Json } from '../activity.js';
import { applyPatch, PatchError, type ChangedFiles } from './apply-patch.js';
import { checkoutReader } from './checkout-files.js';
import { environmentsById, environmentOfDraft } from './environments.js';
import { sealWithGit } from './git-check.js';
import { blobId, gitFiles, sealedCommit, type GitFiles } from './git-objects.js';
import { findCopies, findLeaks, installedSources, type Leak } from './leaks.js';

/** What sealing one instance showed. */
interface Audit {
  readonly instance_id: string;
  readonly repo: string;
  readonly base_commit: string;
  /** How its history was cut: checkouts hold no history, so every policy comes to one fresh commit. */
  readonly policy: string;
  /** Objects in the sealed repository. */
  readonly objects: number;
  /** Made with git too, and compared: the first of each repository. */
  readonly checked: boolean;
  readonly leaks: readonly Leak[];
}

interface Sealed {
  readonly instance: Instance;
  readonly audit: Audit;
}

const HOW =
  'How history is cut for instances of this source. A checkout that holds no history is sealed as one fresh commit under each.';
const policies = { enum: ['fresh', 'before-issue', 'before-base'] };

export default defineActivity({
  name: 'validate/seal-history',
  version: 1,
  summary: 'Cuts every instance off from its history: one fresh commit of the tree to mend, and an audit for leaks.',
  queue: 'sandbox',
  inputs: { instances: { kind: 'instances' }, environments: { kind: 'environments', implied: true } },
  outputs: {
    instances: { kind: 'instances', description: 'All of them; sealed, or invalid with the reason.' },
    audit: { kind: 'audit', description: 'Commit, objects and leaks of each instance.' },
  },
  scalars: ['instances', 'sealed', 'leaks', 'checked', 'by_leak'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      synthetic: { ...policies, default: 'fresh', description: HOW },
      real: { ...policies, default: 'before-issue', description: HOW },
      benchmark: { ...policies, default: 'before-base', description: HOW },
      audit: {
        enum: ['objects', 'none'],
        default: 'objects',
        description: "'objects': make the first of each repository with git, too, and compare.",
      },
    },
  },
  map: true,
  itemInputs: ['instances'],

  async items(context) {
    const instances = await context.inputs.all<Instance>('instances');
    return instances.map((instance) => ({
      key: instance.instance_id,
      value: instance as unknown as Json,
      // The draft of a real change does not know its environment yet; it has one of its own.
      group: instance.environment_id === '' ? `${instance.repo} ${instance.base_commit}` : instance.environment_id,
    }));
  },

  async *process(items, context) {
    const environments = await environmentsById(context);
    const trees = new Map<string, Promise<SealedTree>>();
    for (const { key, value } of items) {
      context.signal.throwIfAborted();
      const instance = value as unknown as Instance;
      const environment = environmentOfDraft(environments, instance, 'validate/seal-history');
      if (environment === undefined) {
        const message = `no environment was built of ${instance.repo} ${instance.version}`;
        yield { key, ok: true, record: unsealed(instance, `no-environment: ${message}`) as unknown as Json };
        continue;
      }
      let tree = trees.get(environment.environment_id);
      if (tree === undefined) {
        // One at a time: a checkout's blobs are hashed once, and items come repository by repository.
        trees.clear();
        tree = sealedTree(environment, context);
        trees.set(environment.environment_id, tree);
      }
      const { environment_id } = environment;
      yield await seal(key, { ...instance, environment_id }, await tree, context);
    }
  },

  async assemble(results, context) {
    const sealed = results.flatMap((result) => (result.ok ? [result.record as unknown as Sealed] : []));
    const failed = new Map(results.flatMap((result) => (result.ok ? [] : [[result.key, result]])));
    const lost = (await context.inputs.all<Instance>('instances')).flatMap((instance): Instance[] => {
      const result = failed.get(instance.instance_id);
      return result === undefined
        ? []
        : [{ ...instance, status: 'infrastructure', reason: `${result.code}: ${result.message}` }];
    });
    await context.outputs.write('instances', [...sealed.map(({ instance }) => instance), ...lost]);
    await context.outputs.write(
      'audit',
      sealed.map(({ audit }) => audit),
    );
    const leaks: Record<string, number> = {};
    for (const { audit } of sealed) for (const { kind } of audit.leaks) leaks[kind] = (leaks[kind] ?? 0) + 1;
    return {
      instances: sealed.length + lost.length,
      sealed: sealed.filter(({ instance }) => instance.status === 'sealed').length,
      leaks: sealed.filter(({ audit }) => audit.leaks.length > 0).length,
      checked: sealed.filter(({ audit }) => audit.checked).length,
      by_leak: leaks,
    };
  },
});

interface SealedTree {
  readonly folder: string;
  readonly files: GitFiles;
  readonly installed: ReadonlyMap<string, string>;
  readonly read: (file: string) => Promise<string | null>;
  checked: boolean;
}

async function sealedTree(environment: Environment, context: ActivityContext): Promise<SealedTree> {
  const folder = await checkoutFolder(environment.checkout, context.blobs, context.cache);
  const packages = await pythonEnvironment(environment.lock, context.cache, context.signal);
  const [files, installed, read] = await Promise.all([
    gitFiles(folder),
    installedSources(packages),
    checkoutReader(environment.checkout, context),
  ]);
  return { folder, files, installed, read, checked: false };
}

async function seal(key: string, instance: Instance, tree: SealedTree, context: ActivityContext): Promise<ItemResult> {
  const policy = context.params as Record<string, string | undefined>;
  let changed: ChangedFiles;
  try {
    changed = await applyPatch(instance.bug_patch, tree.read);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { key, ok: true, record: unsealed(instance, `bug-not-applied: ${error.message}`) as unknown as Json };
  }
  const files: GitFiles = new Map(tree.files);
  for (const [file, text] of changed) {
    if (text === null) files.delete(file);
    else files.set(file, { mode: files.get(file)?.mode ?? '100644', id: blobId(Buffer.from(text, 'latin1')) });
  }
  const { commit, objects } = sealedCommit(files);
  const leaks = [
    ...findLeaks([...changed.keys()], tree.files, tree.installed),
    ...findCopies(await mendedFiles(instance, tree), files, tree.installed),
  ];
  const check = !tree.checked && policy['audit'] !== 'none';
  if (check) {
    tree.checked = true;
    const real = await sealWithGit(
      tree.folder,
      changed,
      join(context.directory, 'seal', instance.environment_id.replace(/\W/g, '').slice(-16)),
    );
    if (real.commit !== commit || real.objects !== objects || real.unreachable.length > 0) {
      throw new Error(
        `${key}: git made commit ${real.commit} of ${real.objects} objects (${real.unreachable.length} of them unreachable), but ${commit} of ${objects} was computed.`,
      );
    }
  }
  const audit: Audit = {
    instance_id: key,
    repo: instance.repo,
    base_commit: commit,
    policy: policy[instance.source] ?? 'fresh',
    objects,
    checked: check,
    leaks,
  };
  const first = leaks[0];
  const record: Instance =
    first === undefined
      ? { ...instance, base_commit: commit, status: 'sealed' }
      : { ...instance, base_commit: commit, status: 'invalid', reason: `leak-${first.kind}: ${first.path}` };
  return { key, ok: true, record: { instance: record, audit } as unknown as Json };
}

function unsealed(instance: Instance, reason: string): Sealed {
  const { instance_id, repo } = instance;
  return {
    instance: { ...instance, status: 'invalid', reason },
    audit: { instance_id, repo, base_commit: '', policy: 'none', objects: 0, checked: false, leaks: [] },
  };
}

/** Blobs that a real change makes, by path: of a synthetic bug they are the checkout's own. */
async function mendedFiles(instance: Instance, tree: SealedTree): Promise<ReadonlyMap<string, string>> {
  const mended = new Map<string, string>();
  if (instance.bug_patch !== '') return mended;
  try {
    for (const [file, text] of await applyPatch(instance.patch, tree.read))
      if (text !== null && text !== '') mended.set(file, blobId(Buffer.from(text, 'latin1')));
  } catch (error) {
    // Testing says so; there is nothing to leak.
    if (!(error instanceof PatchError)) throw error;
  }
  return mended;
}
