import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../recipe/errors.js';
import { packageRoot } from './package-root.js';

const mortar = fileURLToPath(packageRoot);
const template = join(mortar, 'recipes', 'starter');

/**
 * Writes a recipe to begin with, its data and an activity, into a folder. Nothing is written where any of it is there.
 * @returns paths of the files, relative to the working folder
 * @throws UserError `file-exists`, `not-a-folder`
 */
export function writeStarter(folder: string): string[] {
  const known = statSync(folder, { throwIfNoEntry: false });
  if (known && !known.isDirectory())
    throw new UserError('not-a-folder', `\`${folder}\` is a file: give the folder that the recipe is to stand in.`);
  const texts = new Map(filesOf(template).map((name) => [name, readFileSync(join(template, name), 'utf8')]));
  const recipe = (texts.get('recipe.yaml') ?? '')
    .replace(/\$schema=\S+/, `$schema=${from(folder, 'schemas/editor.schema.json')}`)
    .replace(/^name: .*$/m, `name: ${nameOf(folder)}`);
  texts.set('recipe.yaml', recipe);
  texts.set('activities/tsconfig.json', settings(join(folder, 'activities')));
  const present = [...texts.keys()].map((name) => join(folder, name)).filter((path) => existsSync(path));
  if (present.length > 0)
    throw new UserError(
      'file-exists',
      `${present.join(', ')} ${present.length === 1 ? 'is' : 'are'} there already, so nothing was written. Give another folder: mortar init FOLDER`,
    );
  return [...texts].map(([name, text]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
    return path;
  });
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** Path of a file of Mortar as that folder sees it: through `node_modules` where it is installed there, so that it holds elsewhere too. */
function from(folder: string, file: string): string {
  const start = realFolder(folder);
  for (let above = start; ; above = dirname(above)) {
    const installed = join(above, 'node_modules', 'mortar');
    if (existsSync(join(installed, file))) return posix(relative(start, join(installed, file)));
    if (above === dirname(above)) return posix(relative(start, join(mortar, file)));
  }
}

/** The folder need not be there yet; what stands above it may be a link. */
function realFolder(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) || path === dirname(path)
    ? realpathSync(path)
    : join(realFolder(dirname(path)), basename(path));
}

function posix(path: string): string {
  return path.split(sep).join('/');
}

/** A name that a recipe may have, from that of the folder. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder)).replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z]/.test(name) && !/^(?:true|false|null)$/i.test(name) ? name : 'starter';
}

/** What an editor needs to know the types of `mortar/activity`. */
function settings(activities: string): string {
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    paths: { 'mortar/activity': [from(activities, 'dist/activities/own-activity.d.ts')] },
  };
  return `${JSON.stringify({ compilerOptions }, null, 2)}\n`;
}
