import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));

async function mortar(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const environment = { ...process.env, NO_COLOR: '1', MORTAR_HOME: '/nonexistent/mortar-home' };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words], {
      env: environment,
      timeout: 20_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('a misspelt command is answered with the one that was meant', async () => {
  expect(await mortar('statsu')).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'statsu'\n(Did you mean status?)\n",
  });
});

test('an unknown option is a usage error', async () => {
  const { code, stderr } = await mortar('up', '--wrker');
  expect(code).toBe(2);
  expect(stderr).toContain("error: unknown option '--wrker'");
});

test('help lists every command and every exit code', async () => {
  const { code, stdout, stderr } = await mortar('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of ['check', 'plan', 'run', 'status', 'retry', 'explain', 'artifacts', 'doctor', 'up', 'down']) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  }
  expect(stdout).toContain('3 service unreachable');
});
