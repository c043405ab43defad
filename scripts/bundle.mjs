// Puts the command line into few files: loading three hundred modules one by one takes longer than checking a recipe.
import { build } from 'esbuild';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Small libraries that a check needs; all others stay where npm put them. */
const within = [
  '@actions/expressions',
  'ajv',
  'commander',
  'fast-deep-equal',
  'fast-uri',
  'json-schema-traverse',
  'yaml',
];

/** @param {string} root the checkout, with dist/ compiled; writes dist/bundle/ */
export async function bundle(root) {
  const dist = join(root, 'dist');
  const outdir = join(dist, 'bundle');
  const { metafile } = await build({
    entryPoints: { main: join(dist, 'cli', 'main.js') },
    outdir,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    legalComments: 'none',
    chunkNames: '[hash]',
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'mortar',
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path }) => {
            const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/');
            return path.startsWith('node:') || !within.includes(name) ? { path, external: true } : undefined;
          });
          // Files are found from where a module stood.
          onLoad({ filter: /\.js$/ }, ({ path }) => {
            if (!path.startsWith(dist + sep)) return undefined;
            const from = JSON.stringify(`../${relative(dist, path).split(sep).join('/')}`);
            const text = readFileSync(path, 'utf8');
            return {
              contents: text.replaceAll('import.meta.url', `new URL(${from}, import.meta.url).href`),
              loader: 'js',
            };
          });
        },
      },
    ],
  });
  const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  for (const name of existsSync(outdir) ? readdirSync(outdir) : []) {
    if (!written.has(name)) rmSync(join(outdir, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(dirname(dirname(fileURLToPath(import.meta.url))));
