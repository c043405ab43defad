import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { CheckRequest } from '../../recipe/check/check-request.js';
import { sha256 } from '../../recipe/canonical.js';
import type { Diagnostic } from '../../recipe/diagnostics/diagnostic.js';
import { UserError } from '../../recipe/errors.js';
import { type Lock, type LockFile, lockDiagnostics, lockOfPlan, writeLockFile } from '../../recipe/explain/lock.js';
import { isPinned } from '../../recipe/paths.js';
import type { Plan } from '../../recipe/plan.js';
import { renderText } from '../../recipe/diagnostics/render-text.js';
import { Source } from '../../recipe/syntax/source.js';
import { activitySources, packageLocks, toolVersions } from '../../services/locked-versions.js';
import { needsOf } from '../../services/needs.js';
import { compileRecipe } from './compile-recipe.js';
import { recipeFiles } from './read-recipe.js';

type Request = Pick<CheckRequest, 'profile' | 'set'>;

/** `recipes/swe-lego.lock.json` for `recipes/swe-lego.yaml`. */
export function lockPath(file: string): string {
  return `${file.replace(/\.ya?ml$/, '')}.lock.json`;
}

/** What a recipe comes to on this machine, now. @throws UserError `invalid-recipe` */
export async function presentLock(file: string, request: Request): Promise<{ profile: string; lock: Lock }> {
  const { plan, source } = await compileRecipe(file, request);
  const fromRecipe = (path: string): string =>
    relative(resolve(dirname(file)), resolve(path))
      .split(sep)
      .join('/');
  const byPath = (entries: Iterable<readonly [string, string | null]>): Record<string, string> =>
    Object.fromEntries(
      [...entries].flatMap(([path, digest]) => (digest === null ? [] : [[fromRecipe(path), digest] as const])),
    );
  const texts = Object.entries({ ...source.texts, [file]: source.text });
  const lock: Lock = {
    ...lockOfPlan(plan),
    recipes: byPath(texts.map(([path, text]) => [path, text === null ? null : sha256(text)])),
    files: byPath(Object.entries(source.digests)),
    activities: lockedActivities(plan),
    ...(needsOf(plan).sandbox ? { sandbox: await sandboxRoot() } : {}),
    packages: packageLocks(),
    tools: toolVersions(),
  };
  return { profile: plan.profile ?? '', lock };
}

/**
 * Writes the lock of one profile, and leaves those of the others as they are.
 * @throws UserError `unpinned-reference` where something could be another thing tomorrow
 */
export async function lockRecipe(file: string, request: Request): Promise<{ path: string; file: LockFile }> {
  const { profile, lock } = await presentLock(file, request);
  const loose = lock.references.filter((reference) => !isPinned(reference));
  if (loose.length > 0)
    throw new UserError(
      'unpinned-reference',
      `${loose.join(', ')}: no revision, so there is nothing to lock. Write the present ones into the recipe with: mortar check --pin ${file}`,
    );
  const path = lockPath(file);
  const written: LockFile = { mortar: 1, profiles: { ...readLocks(path), [profile]: lock } };
  writeFileSync(`${path}.part`, writeLockFile(written));
  renameSync(`${path}.part`, path);
  return { path, file: written };
}

/** What differs from the lock file, as findings in it. */
export async function lockFindings(file: string, request: Request): Promise<Diagnostic[]> {
  const path = lockPath(file);
  const { profile, lock } = await presentLock(file, request);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  // Where there is no lock file, the finding stands in the recipe.
  const at = text === undefined ? { file, text: '' } : { file: path, text };
  return lockDiagnostics({ ...at, recipe: file, profile }, lock);
}

/** Profiles that the lock file of a recipe has. */
export function lockedProfiles(file: string): string[] {
  return Object.keys(readLocks(lockPath(file)));
}

/** @throws UserError `lock-differs` with every difference */
export async function requireLocked(file: string, request: Request): Promise<void> {
  const diagnostics = await lockFindings(file, request);
  if (diagnostics.length === 0) return;
  throw new UserError('lock-differs', renderText(diagnostics, recipeFiles.readText), {
    diagnostics: diagnostics.map((diagnostic) => ({ ...diagnostic })),
  });
}

function readLocks(path: string): LockFile['profiles'] {
  if (!existsSync(path)) return {};
  const { data } = new Source(path, readFileSync(path, 'utf8'));
  const file = data as unknown as LockFile | null;
  if (file?.mortar === 1 && typeof file.profiles === 'object') return file.profiles;
  throw new UserError(
    'not-a-lock',
    `${path} is no lock file of this version of Mortar. Delete it, and write it again with: mortar lock`,
  );
}

function lockedActivities(plan: Plan): Lock['activities'] {
  const sources = activitySources();
  return Object.fromEntries(
    plan.nodes.map(({ activity, version, code }) => [
      activity,
      {
        version,
        ...(code === undefined && sources[activity] !== undefined ? { source: sources[activity] } : {}),
        ...(code === undefined ? {} : { code }),
      },
    ]),
  );
}

async function sandboxRoot(): Promise<string> {
  const { boundRootDigest } = await import('../../sandbox/root.js');
  return boundRootDigest();
}
