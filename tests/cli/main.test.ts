import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
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

test('a misspelt option and a misspelt subcommand are answered, too', async () => {
  expect(await mortar('up', '--no-wroker')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(Did you mean --no-worker?)') as string,
  });
  expect(await mortar('artifacts', 'pulll')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(Did you mean pull?)') as string,
  });
});

test('a completion that asks a store which never answers ends all the same, without a word', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  process.env['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${port}`;
  try {
    expect(await mortar('complete', 'fish', '--', 'mortar', 'status', '')).toEqual({ code: 0, stdout: '', stderr: '' });
  } finally {
    delete process.env['AWS_ENDPOINT_URL_S3'];
    silent.close();
  }
});

test('help lists every command and every exit code', async () => {
  const { code, stdout, stderr } = await mortar('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of ['check', 'plan', 'run', 'status', 'retry', 'explain', 'artifacts', 'doctor', 'up', 'down']) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  }
  expect(stdout).toContain('3 service unreachable');
});
