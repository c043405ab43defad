// What checking and planning costs: by size, beside Snakemake, DVC and ninja on the same graphs, and how fast the commands answer.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreachRecipe, matrixRecipe, recipe, shapes } from './graphs.mjs';
import { measure } from './measure.mjs';
import { installPeers, peers } from './peers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const mortar = [process.execPath, join(root, 'bin', 'mortar.mjs')];
const once = join(root, 'bench', 'language', 'plan-once.mjs');

/** @param {readonly string[]} given --json: data instead of tables; --no-peers: our own figures only; --times N */
export async function main(given) {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-bench-'));
  const times = given.includes('--times') ? Number(given[given.indexOf('--times') + 1]) : 5;
  const rows = [];
  const add = (row) => {
    rows.push(row);
    if (!given.includes('--json')) console.log(line(row));
  };
  try {
    for (const row of commands(folder, times)) add(row);
    for (const row of planning(folder, times)) add(row);
    if (!given.includes('--no-peers')) for await (const row of besidePeers(folder, times)) add(row);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (given.includes('--json')) console.log(JSON.stringify(rows, null, 2));
}

function* commands(folder, times) {
  const log = join(folder, 'log');
  yield { part: 'command', what: 'mortar --help', ...measure([...mortar, '--help'], { cwd: folder, log, times }) };
  cpSync(join(root, 'recipes'), join(folder, 'recipes'), { recursive: true });
  const file = join('recipes', 'five-hundred-lines.yaml');
  writeFileSync(join(folder, file), fiveHundredLines());
  const check = measure([...mortar, 'check', file], { cwd: folder, log, times });
  yield { part: 'command', what: 'mortar check, a recipe of 500 lines', ...check };
}

/** The recipe that is shipped, with as many further stages as make 500 lines. */
function fiveHundredLines() {
  const lines = readFileSync(join(root, 'recipes', 'swe-lego.yaml'), 'utf8')
    .trimEnd()
    .split('\n');
  const at = lines.indexOf('stages:') + 1;
  for (let stage = 0; lines.length < 500; stage += 1)
    lines.splice(at, 0, `  extra-${stage}: { uses: command, with: { run: 'true' }, outputs: { out: file } }`);
  return `${lines.join('\n')}\n`;
}

/** Checking and planning alone, each time in a new process: as the first thing that it does. */
function* planning(folder, times) {
  const recipes = { ...Object.fromEntries(Object.entries(shapes).map(([shape, of]) => [shape, (n) => recipe(of(n))])) };
  for (const [shape, write] of Object.entries({ ...recipes, foreach: foreachRecipe, matrix: matrixRecipe })) {
    for (const stages of [1_000, 10_000, 100_000]) {
      const file = join(folder, 'plan.yaml');
      const text = write(stages);
      writeFileSync(file, text);
      const seconds = [];
      let rss = 0;
      let nodes = 0;
      for (let time = 0; time < times; time += 1) {
        const log = join(folder, 'once.json');
        const whole = measure([process.execPath, once, file], { cwd: folder, log, times: 1 });
        if ('failed' in whole) throw new Error(`${shape} of ${stages}: ${whole.failed}`);
        const run = JSON.parse(readFileSync(log, 'utf8'));
        seconds.push(run.seconds);
        rss = Math.max(rss, run.rss);
        nodes = run.nodes;
      }
      seconds.sort((left, right) => left - right);
      const median = seconds[seconds.length >> 1];
      yield { part: 'check and plan', what: shape, stages: nodes, size: text.length, wall: seconds[0], median, rss };
    }
  }
}

/** Whole processes, as a user waits for them. */
async function* besidePeers(folder, times) {
  const bin = await installPeers();
  for (const [shape, of] of Object.entries(shapes)) {
    // What a peer cannot do of a hundred stages it is not asked to do of ten thousand.
    const ended = new Set();
    for (const stages of [100, 1_000, 10_000, 100_000]) {
      const graph = of(stages);
      const log = join(folder, 'log');
      const cwd = join(folder, `${shape}-${stages}`);
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'recipe.yaml'), recipe(graph));
      const own = measure([...mortar, 'plan', '--no-store', 'recipe.yaml'], { cwd, log, times });
      yield { part: 'dry run', what: shape, stages, tool: 'mortar', ...own };
      for (const peer of peers) {
        if (stages > peer.most || ended.has(peer)) continue;
        writeFileSync(join(cwd, peer.file), peer.write(graph));
        peer.prepare(bin, cwd);
        const measured = measure(peer.command(bin), { cwd, log, times, limit: 120 });
        if ('failed' in measured) ended.add(peer);
        const ratio = 'wall' in measured && 'wall' in own ? measured.wall / own.wall : undefined;
        yield { part: 'dry run', what: shape, stages, tool: peer.name, ...measured, ratio };
      }
    }
  }
}

function line({ part, what, stages, tool, wall, median, rss, failed, ratio }) {
  const cells = [
    part.padEnd(15),
    what.padEnd(stages === undefined ? 36 : 9),
    ...(stages === undefined ? [] : [String(stages).padStart(8)]),
    ...(tool === undefined ? [] : [tool.padEnd(10)]),
    ...(failed === undefined
      ? [`${wall.toFixed(3)} s`, `(median ${median.toFixed(3)} s)`, `${Math.round(rss)} MiB`]
      : [failed]),
    ...(ratio === undefined ? [] : [`${ratio.toFixed(1)} times mortar`]),
  ];
  return cells.join('  ');
}
