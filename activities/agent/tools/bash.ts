import type { ExecResult } from '../../../sandbox/sandbox.js';
import type { ShellBench } from '../shell-bench.js';
import type { ErrorKind, Observation, Tool } from '../step.js';
import { truncate } from '../truncate.js';

const DEFAULT_SECONDS = 60;
const MOST_SECONDS = 600;

export const bash: Tool<ShellBench> = {
  name: 'execute_bash',
  async run(call, bench): Promise<Observation> {
    const command = call.arguments['command'] ?? '';
    if (command.trim() === '') return { text: "ERROR: parameter 'command' is missing.", error: 'invocation' };
    const seconds = Number(call.arguments['timeout'] ?? DEFAULT_SECONDS);
    if (!Number.isFinite(seconds) || seconds <= 0) {
      return {
        text: `ERROR: parameter 'timeout' is '${call.arguments['timeout'] ?? ''}', but must be seconds.`,
        error: 'invocation',
      };
    }
    const result = await bench.shell.run(command, Math.min(seconds, MOST_SECONDS) * 1000);
    const output = truncate(
      [result.stdout, result.stderr]
        .filter((text) => text !== '')
        .join('\n')
        .trimEnd(),
    );
    const timedOut = result.timedOut || result.exitCode === 124;
    const exitCode = timedOut ? 124 : result.exitCode;
    const error = bashError(command, result);
    const note = timedOut
      ? `[killed after ${seconds} s; there is no terminal, so a command that waits for input never ends]`
      : `[exit code ${exitCode}]`;
    return {
      text: `${output}${output === '' ? '' : '\n'}${note}`,
      exitCode,
      ...(error === undefined ? {} : { error }),
      ...((await bench.changed()) ? { edited: true } : {}),
    };
  },
};

/** invocation: the call was wrong. traceback: code could not be run. nonzero: any other exit code, failing tests among them. */
export function bashError(command: string, { exitCode, stdout, stderr, timedOut }: ExecResult): ErrorKind | undefined {
  if (exitCode === 0 && !timedOut) return undefined;
  if (exitCode === 126 || exitCode === 127) return 'invocation';
  if (/\bpytest\b/.test(command) && (exitCode === 4 || exitCode === 5)) return 'invocation';
  if (exitCode === 2 && /^usage:/im.test(stderr)) return 'invocation';
  if (/No such file or directory/.test(stderr) && stdout === '') return 'invocation';
  return /Traceback \(most recent call last\)/.test(stdout + stderr) ? 'traceback' : 'nonzero';
}
