import type { Store } from '../../artifacts/open.js';
import type { RunRecord } from '../../artifacts/run-record.js';
import { canonicalJson, sha256 } from '../../recipe/canonical.js';
import { UserError } from '../../recipe/errors.js';
import { isReference } from '../../recipe/paths.js';
import type { Plan } from '../../recipe/plan.js';
import { declaredNames } from '../environment.js';
import type { RecipeSource } from './recipe-source.js';

export interface PlanParts {
  readonly plan: Plan;
  readonly recipeText: string;
  /** Bytes of the files that the plan names, by path. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Bytes of the code of activities from modules, by digest. */
  readonly code?: ReadonlyMap<string, Uint8Array>;
  readonly source?: RecipeSource;
}

type Uploaded = Pick<RunRecord, 'plan' | 'recipe' | 'files' | 'nodes' | 'source'>;

/**
 * Puts a plan and what it needs into the store.
 * @param present files of an earlier plan of the run, by path: those that are the same are there
 */
export async function uploadPlan(
  store: Store,
  { plan, recipeText, files = new Map(), code = new Map(), source }: PlanParts,
  present: RunRecord['files'] = {},
): Promise<Uploaded> {
  requireSecretsApart(plan);
  const uploaded: Record<string, string> = {};
  for (const [path, digest] of filesOf(plan)) {
    const bytes = files.get(path);
    if (present[path] === digest) uploaded[path] = digest;
    else if (!bytes) throw new Error(`the plan needs the file ${path}, and its bytes were not given`);
    else if (sha256(bytes) !== digest)
      throw new UserError(
        'file-changed',
        `The file ${path} has changed since the plan was made. Run the command again.`,
      );
    else uploaded[path] = (await store.blobs.put(bytes)).digest;
  }
  for (const digest of new Set(plan.nodes.flatMap((node) => (node.code === undefined ? [] : [node.code])))) {
    const bytes = code.get(digest);
    if (!bytes) throw new Error(`the plan needs the code ${digest}, and its bytes were not given`);
    await store.blobs.put(bytes);
  }
  const texts = [canonicalJson(plan), recipeText, ...(source ? [canonicalJson(source)] : [])];
  const [stored, recipe, from] = await Promise.all(texts.map((text) => store.blobs.put(text)));
  if (!stored || !recipe) throw new Error('a blob was put and has no digest');
  return {
    plan: stored.digest,
    recipe: recipe.digest,
    files: uploaded,
    nodes: plan.nodes.length,
    ...(from ? { source: from.digest } : {}),
  };
}

/** A recipe is checked for this file by file; here are all of its files, its base and its parts together. */
function requireSecretsApart({ nodes }: Plan): void {
  const { env, secret } = declaredNames(nodes.map((node) => [node.with, node.inputs]));
  const both = [...env].filter((name) => secret.has(name));
  if (both.length === 0) return;
  throw new UserError(
    'secret-as-environment',
    `${both.join(', ')} is read as { secret: ... } by one stage and as { env: ... }, which plans and logs show, by another. Write { secret: ... } in both places.`,
  );
}

function filesOf(plan: Plan): Map<string, string> {
  const files = new Map<string, string>();
  for (const node of plan.nodes) {
    for (const source of Object.values(node.inputs).flat())
      // What a reference names is fetched where it is read.
      if (source.from === 'file' && !isReference(source.path)) files.set(source.path, source.digest);
  }
  return files;
}
