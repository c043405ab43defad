import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeclaredOutput } from '../recipe/planning/declared-outputs.js';
import { InfrastructureError } from '../recipe/errors.js';
import type { ExecResult } from '../sandbox/sandbox.js';
import { defineActivity } from './activity.js';
import { collectOutputs } from './command/collect-outputs.js';
import { prepareFolder } from './command/prepare-folder.js';
import { durationParam, milliseconds } from './duration.js';

/** Characters of the program's last words in a failure. */
const TAIL = 2_000;
/** A program that writes more than this goes on; what it writes is kept in memory only. */
const MOST_LOGGED_LINES = 5_000;

export default defineActivity({
  name: 'command',
  version: 1,
  summary:
    'Runs any program in a sandbox, with inputs mounted under /work/inputs, and collects the outputs that the stage declares.',
  queue: 'sandbox',
  declaredByStage: true,
  inputs: {},
  outputs: {},
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['run'],
    properties: {
      run: {
        type: ['string', 'array'],
        minLength: 1,
        minItems: 1,
        items: { type: 'string' },
        description: 'Text for `sh -e` in /work; or a list: a program and its arguments, with no shell between.',
      },
      image: {
        type: ['string', 'null'],
        default: null,
        description: 'Container image, by digest, to run in; null: the system of the worker, read-only.',
      },
      env: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
        default: {},
        description: 'Environment variables of the program. No secrets: a sandbox gets none.',
      },
      timeout: durationParam('1h', 'The program is killed after this time.'),
    },
  },

  async run(context) {
    const { run, image, env, timeout } = context.params;
    const { work, mounts } = await prepareFolder(context);
    const sandbox = await context.sandbox.open(
      {
        name: `mortar-command-${context.name}`,
        ...(typeof image === 'string' ? { image } : {}),
        mounts,
        workdir: '/work',
        environment: Object.fromEntries(Object.entries(env as object).map(([name, value]) => [name, String(value)])),
        network: 'none',
      },
      context.signal,
    );
    let lines = 0;
    try {
      const command = typeof run === 'string' ? ['/bin/sh', '-e', '-c', run] : (run as string[]);
      const result = await sandbox.exec(command, {
        timeout: milliseconds(timeout),
        signal: context.signal,
        onLine: (stream, line) => {
          lines += 1;
          if (lines <= MOST_LOGGED_LINES) context.log('info', line, { stream });
          else if (lines === MOST_LOGGED_LINES + 1) context.log('warn', 'Further lines are not logged.');
        },
      });
      failOn(result, String(timeout));
      return await collectOutputs(
        work,
        context.params['outputs'] as unknown as Record<string, DeclaredOutput>,
        context,
      );
    } finally {
      await sandbox.close();
      for (const name of ['work', 'inputs', 'collected'])
        await rm(join(context.directory, name), { recursive: true, force: true });
    }
  },
});

/** Whether another attempt may go better is not ours to know: it is tried again by the stage's `retry`, which can name these codes. */
function failOn({ exitCode, timedOut, stdout, stderr }: ExecResult, timeout: string): void {
  if (exitCode === 0) return;
  const words = (stderr.trim() === '' ? stdout : stderr).trimEnd();
  const tail = words.length > TAIL ? `...${words.slice(-TAIL)}` : words;
  const end = tail === '' ? ' It wrote nothing.' : ` The end of what it wrote:\n${tail}`;
  if (timedOut)
    throw new InfrastructureError(
      'command-timeout',
      `The command did not end within its \`timeout\` of ${timeout}.${end}`,
    );
  // 128 + 9 is how a shell passes on that its program was killed.
  if (exitCode === -1 || exitCode === 137)
    throw new InfrastructureError(
      'command-killed',
      `The command was killed: by its memory limit, or from outside. Raise \`sandbox.memory\` where it needs more.${end}`,
    );
  throw new InfrastructureError('command-failed', `The command ended with exit code ${exitCode}.${end}`);
}
