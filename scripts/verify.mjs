// Everything that a change must pass before it is shared, in under two minutes. The integration tests are `npm test`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

const checks = [
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['lint', bin('eslint'), ['--max-warnings', '0', '.']],
  ['types', bin('tsc'), ['--noEmit', '--project', '.']],
  ['types of the tests', bin('tsc'), ['--project', 'tsconfig.tests.json']],
  ['generated types', process.execPath, ['scripts/generate-types.mjs', '--check']],
  ['activity versions', process.execPath, ['scripts/activity-versions.mjs', '--check']],
  ['unit tests', bin('vitest'), ['run', '--config', 'vitest.unit.config.ts', '--reporter', 'dot']],
  ...(await pythonChecks()),
];

/** The trainer's own checks need its locked environment; where it has not been made, this says so and goes on. */
async function pythonChecks() {
  const compiled = join(root, 'dist', 'services', 'uv.js');
  const uv = existsSync(compiled) ? await (await import(compiled)).findUv() : undefined;
  return [
    [
      'trainer style',
      uv?.path ?? 'uv',
      ['tool', 'run', '--quiet', 'ruff@0.17.6', 'check', 'trainer', 'bench', 'sandbox', 'tests/sandbox'],
      'optional',
    ],
    ['trainer types', process.execPath, ['scripts/in-trainer.mjs', 'mypy'], 'optional'],
    ['trainer tests', process.execPath, ['scripts/in-trainer.mjs', 'pytest', '-x', '-m', 'not slow'], 'optional'],
  ];
}

function run(command, args) {
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) =>
      resolve({ status: error.code === 'ENOENT' ? 'missing' : 'failed', text: error.message }),
    );
    child.on('close', (code) =>
      resolve({ status: code === 0 ? 'ok' : 'failed', text: Buffer.concat(output).toString() }),
    );
  });
}

/** Two at a time, the longest first; what they say comes in the order of the list. */
const failed = [];
const order = ['unit tests', 'lint', 'trainer tests'];
const queue = [...checks].sort((left, right) => rank(left) - rank(right));
const answers = new Map(checks.map((check) => [check, answerTo()]));

function rank([name]) {
  const at = order.indexOf(name);
  return at === -1 ? order.length : at;
}

function answerTo() {
  const answer = {};
  answer.promise = new Promise((resolve) => (answer.resolve = resolve));
  return answer;
}

async function work() {
  for (let check = queue.shift(); check; check = queue.shift()) {
    const [, command, args] = check;
    const started = Date.now();
    const answer = await run(command, args);
    answers.get(check).resolve({ ...answer, seconds: ((Date.now() - started) / 1000).toFixed(1) });
  }
}

const workers = [work(), work()];
for (const check of checks) {
  const [name, command, , optional] = check;
  const { status, text, seconds } = await answers.get(check).promise;
  const skipped = status === 'missing' && optional;
  console.log(
    `${skipped ? 'skip' : status === 'ok' ? 'ok  ' : 'FAIL'}  ${name} (${skipped ? `${command} is not on PATH` : `${seconds} s`})`,
  );
  if (status !== 'ok' && !skipped) {
    console.log(text.trimEnd());
    failed.push(name);
  }
}
await Promise.all(workers);
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
