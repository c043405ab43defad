// An activity's version is part of every key that its results are found under. Where its source changed, somebody has to decide: the
// version goes up (results are made anew), or the outputs are the same (recorded results stand).
//   --check          fails where nobody has decided
//   --same NAME...   records that these activities write what they wrote before (without a name: all)
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const record = join(root, 'activities', 'versions.json');

/** Text of a module without comments, layout and descriptions: none of them changes what is written. */
function essence(path) {
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return outputText.replace(/\b(description|summary):\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`),?/g, '');
}

/** The module and all modules of activities/ that it imports. Ports and pure rooms have tests of their own. */
function modulesOf(path, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return seen;
  seen.add(path);
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)\.js'/g)) {
    const next = join(dirname(path), `${target}.ts`);
    if (!relative(join(root, 'activities'), next).startsWith('..')) modulesOf(next, seen);
  }
  return seen;
}

function filesUnder(folder, ending) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Version and source hash by activity. What the trainer, or the program in the sandbox, does for an activity is a part of it. */
function activities() {
  const python = (...folder) => filesUnder(join(root, ...folder), '.py').map((path) => readFileSync(path, 'utf8'));
  const trainer = python('trainer', 'src');
  const runner = python('sandbox', 'runner');
  const found = {};
  for (const path of filesUnder(join(root, 'activities'), '.ts')) {
    const text = readFileSync(path, 'utf8');
    const [, name] = /defineActivity\(\{\s*name: '([^']+)'/.exec(text) ?? [];
    const [, version] = /\n {2}version: (\d+),/.exec(text) ?? [];
    if (name === undefined) continue;
    const modules = [...modulesOf(path)].sort();
    const hash = createHash('sha256');
    for (const module of modules) hash.update(`${relative(root, module)}\n${essence(module)}\n`);
    const uses = (name) => modules.some((module) => readFileSync(module, 'utf8').includes(name));
    if (uses('context.trainer')) hash.update(trainer.join('\n'));
    if (uses('sandbox/repositories.js')) hash.update(runner.join('\n'));
    found[name] = { version: Number(version), source: hash.digest('hex').slice(0, 16) };
  }
  return found;
}

const known = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
const now = activities();
const [mode, ...names] = process.argv.slice(2);
const undecided = Object.entries(now)
  .filter(([name, { version, source }]) => known[name]?.source !== source && !(known[name]?.version < version))
  .map(([name]) => name);
if (mode === '--same') {
  const wanted = names.length > 0 ? names : Object.keys(now);
  const unknown = wanted.filter((name) => now[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no activity ${unknown.join(', ')}; there are ${Object.keys(now).join(', ')}`);
  const next = Object.fromEntries(
    Object.keys(now)
      .sort()
      .flatMap((name) => {
        const entry = wanted.includes(name) || known[name]?.version < now[name].version ? now[name] : known[name];
        return entry === undefined ? [] : [[name, entry]];
      }),
  );
  writeFileSync(record, `${JSON.stringify(next, null, 2)}\n`);
} else if (undecided.length > 0) {
  console.log(
    `The source of ${undecided.join(', ')} changed, and its version did not.\nWhere the outputs may differ, raise \`version\` in the activity. Where they are the same:\n  node scripts/activity-versions.mjs --same ${undecided.join(' ')}`,
  );
  process.exitCode = 1;
} else {
  const stale = Object.entries(now).filter(([name, { source }]) => known[name]?.source !== source);
  if (stale.length > 0) {
    console.log(
      `Record the new versions of ${stale.map(([name]) => name).join(', ')}: node scripts/activity-versions.mjs --same`,
    );
    process.exitCode = 1;
  }
}
