import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModuleProblem, type ModuleUse, packageOf } from '../../recipe/planning/activity-modules.js';

/** Where Mortar itself stands: packages are looked for there as well. */
const mortar = fileURLToPath(new URL('../../', import.meta.url));

export interface FoundModule {
  /** Absolute. */
  readonly path: string;
  /** Which of its activities; absent: its only one. */
  readonly activity?: string;
}

/** The file that a `uses` names. A package may have an entry for the activity, or list its activities in its main module. */
export async function findModule(use: ModuleUse): Promise<FoundModule | ModuleProblem> {
  if (use.path !== undefined) {
    const path = resolve(use.path);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return { path, activity: use.activity };
    return {
      code: 'module-not-found',
      message: `There is no \`${use.path}\`: \`uses\` is relative to the recipe that says it.`,
    };
  }
  const name = packageOf(use.module);
  const folders = [dirname(resolve(use.from)), mortar];
  for (const folder of folders) {
    const entry = await resolvePackage(use.module, folder);
    if (entry !== undefined) return { path: entry };
    const main = await resolvePackage(name, folder);
    if (main !== undefined) return { path: main, activity: use.module };
  }
  const where = dirname(use.from) === '.' ? 'this folder' : `\`${dirname(use.from)}\``;
  return {
    code: 'module-not-found',
    message:
      `There is no activity \`${use.module}\`, and no package \`${name}\` is installed in ${where}, above it, or with Mortar. ` +
      `Install it there (npm install ${name}), or see what Mortar has: \`mortar activities\`.`,
  };
}

/** As an import in a file of that folder would find it, with the package's `exports`. */
async function resolvePackage(specifier: string, folder: string): Promise<string | undefined> {
  const { build } = await import('esbuild');
  let found: string | undefined;
  await build({
    stdin: { contents: '', resolveDir: folder },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'resolve',
        setup(building) {
          building.onStart(async () => {
            const { path, errors } = await building.resolve(specifier, {
              kind: 'import-statement',
              resolveDir: folder,
            });
            if (errors.length === 0 && path !== '') found = path;
          });
        },
      },
    ],
  });
  return found;
}
