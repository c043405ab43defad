import { readFile } from 'node:fs/promises';
import { dirname, extname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message, Plugin } from 'esbuild';
import { sha256 } from '../../recipe/canonical.js';
import type { ModuleProblem } from '../../recipe/planning/activity-modules.js';
import { joinPath } from '../../recipe/paths.js';

/** Milliseconds after which a module is given up. */
const LIMIT = 60_000;
const root = new URL('../../', import.meta.url);
/** `.js`, or `.ts` where the sources run as they are. */
const extension = extname(fileURLToPath(import.meta.url));

export interface BundledCode {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/**
 * Puts a module and all that it imports into one file that runs anywhere. Layout and comments are not in it, nor where the folder
 * stands: the digest changes when the code does.
 * @param path of the file, absolute
 * @param shown what problems call it
 */
export async function bundleModule(
  path: string,
  shown: string,
): Promise<BundledCode | { readonly problems: readonly ModuleProblem[] }> {
  const { build } = await import('esbuild');
  try {
    const building = build({
      entryPoints: [path],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // Paths in the output are relative to the module.
      absWorkingDir: dirname(path),
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
      // CommonJS packages require Node's own modules.
      banner: {
        js: "import { createRequire as mortarRequire } from 'node:module'; const require = mortarRequire('file:///');",
      },
      plugins: [authoring],
    });
    const { outputFiles } = await withinLimit(building, shown);
    const bytes = outputFiles[0]?.contents;
    if (bytes === undefined) throw new Error(`bundling ${path} gave no output`);
    return { bytes, digest: sha256(bytes) };
  } catch (error) {
    const { errors } = error as { errors?: readonly Message[] };
    if (errors === undefined) throw error;
    return { problems: errors.map((message) => problemOf(message, shown)) };
  }
}

/** Stops the bundler's process. */
export async function stopBundler(): Promise<void> {
  await (await import('esbuild')).stop();
}

async function withinLimit<T>(work: Promise<T>, shown: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `${shown} was not bundled within ${LIMIT / 1000} s`;
    timer = setTimeout(() => reject(Object.assign(new Error(text), { errors: [{ text, location: null }] })), LIMIT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `mortar/activity` wherever the module stands, installed beside it or not. */
const authoring: Plugin = {
  name: 'mortar/activity',
  setup(build) {
    build.onResolve({ filter: /^mortar\/activity$/ }, () => ({
      path: 'activities/own-activity.js',
      namespace: 'mortar',
      sideEffects: false,
    }));
    build.onResolve({ filter: /^\./, namespace: 'mortar' }, ({ path, importer }) => ({
      path: posix.join(posix.dirname(importer), path),
      namespace: 'mortar',
      sideEffects: false,
    }));
    build.onLoad({ filter: /.*/, namespace: 'mortar' }, async ({ path }) => ({
      contents: await readFile(new URL(path.replace(/\.js$/, extension), root), 'utf8'),
      loader: 'ts',
    }));
  },
};

function problemOf({ text, location, notes }: Message, shown: string): ModuleProblem {
  const message = `${sentence(text)}${nextStep(text)}`;
  if (location === null || location === undefined)
    return { code: 'module-broken', message: `\`${shown}\`: ${message}` };
  const { file, line, column, length, lineText } = location;
  // Counted in bytes there, in UTF-16 units here.
  const upTo = (end: number): number => Buffer.from(lineText).subarray(0, end).toString().length + 1;
  const note = notes.map((entry) => entry.text).find((entry) => /^(?:The unclosed|The original)/.test(entry));
  return {
    code: 'module-broken',
    message: note === undefined ? message : `${message} ${sentence(note)}`,
    at: { file: joinPath(shown, file), line, column: upTo(column), endColumn: upTo(column + Math.max(length, 1)) },
  };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function nextStep(text: string): string {
  const missing = /^Could not resolve "([^./][^"]*)"/.exec(text)?.[1];
  if (missing !== undefined) return ` Install it beside the recipe: npm install ${missing}`;
  if (text.includes('".node" files'))
    return ' A native add-on cannot be carried to a worker: run what needs it as a `command`.';
  return '';
}
