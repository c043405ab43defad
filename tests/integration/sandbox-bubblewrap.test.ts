import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bubblewrap, bubblewrapArguments } from '../../sandbox/bubblewrap.js';
import { bubblewrapProgram } from '../../sandbox/index.js';
import { hostPython } from '../../sandbox/host-python.js';
import { boundRoot } from '../../sandbox/root.js';
import type { Sandbox, SandboxPort } from '../../sandbox/sandbox.js';

const program = bubblewrapProgram();

describe.skipIf(program === null)('bubblewrap', () => {
  let folder: string;
  let port: SandboxPort;
  let sandbox: Sandbox;
  let python: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortar-sandbox-'));
    await writeFile(join(folder, 'secret'), 'seen');
    port = bubblewrap(program ?? '');
    python = (await hostPython()).executable;
    sandbox = await port.open({ name: 'test', mounts: [], workdir: '/tmp', environment: { GIVEN: 'yes' } });
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (code: string, timeout = 20_000): ReturnType<Sandbox['exec']> =>
    sandbox.exec([python, '-c', code], { timeout });

  test('has no network', async () => {
    const result = await run(
      'import socket, os; print(sorted(os.listdir("/sys/class/net")) if os.path.exists("/sys/class/net") else []);' +
        's = socket.socket(); s.settimeout(3); s.connect(("1.1.1.1", 53))',
    );
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/Network is unreachable/);
    const server = execFileSync(
      python,
      ['-c', 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'],
      { encoding: 'utf8' },
    );
    expect((await run(`import socket; socket.create_connection(("127.0.0.1", ${server.trim()}), 3)`)).stderr).toMatch(
      /refused/,
    );
  });

  test('shows none of the files of the host but its programs', async () => {
    const result = await run(
      `import os; print(os.path.exists(${JSON.stringify(folder)}), os.listdir("/tmp"), sorted(os.listdir("/etc")))`,
    );
    expect(result.stdout.trim()).toMatch(
      /^False \[\] \[('alternatives', )?'group', ('ld.so.cache', )?'nsswitch.conf', 'passwd'\]$/,
    );
    expect(await run('open("/usr/x", "w")')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Read-only') as string,
    });
  });

  test('shows none of the processes and variables of the host', async () => {
    process.env['MORTAR_TEST_SECRET'] = 'value';
    const result = await run(
      'import os; print(os.environ.get("MORTAR_TEST_SECRET"), os.environ["GIVEN"], sum(p.isdigit() for p in os.listdir("/proc")) < 5)',
    );
    delete process.env['MORTAR_TEST_SECRET'];
    expect(result.stdout.trim()).toBe('None yes True');
  });

  test('kills a command and all that it started at its time limit', async () => {
    const marker = `mortar-${process.pid}-${Date.now()}`;
    const code = `import os, time\nif os.fork() == 0: os.setsid()\nprint("started", flush=True)\ntime.sleep(600) # ${marker}`;
    const result = await run(code, 1500);
    expect(result).toMatchObject({ timedOut: true, exitCode: -1 });
    expect(result.stdout).toContain('started');
    expect(await processesWith(marker)).toEqual([]);
  });

  test('keeps the head and the tail of a long output', async () => {
    const result = await sandbox.exec([python, '-c', 'print("a" * 3000 + "b" * 3000)'], { maxBytes: 1000 });
    expect(result.stdout).toMatch(/^a{500}\n\[\.\.\. 5001 bytes left out \.\.\.\]\nb{499}\n$/);
  });

  test('limits the memory of a process', async () => {
    const small = await port.open({ name: 'small', mounts: [], workdir: '/tmp', memory: 256 * 2 ** 20 });
    const result = await small.exec([python, '-c', 'bytearray(512 << 20)']);
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('MemoryError') as string });
    await small.close();
  });

  test('feeds input, and reports an exit code', async () => {
    const result = await sandbox.exec(['/bin/sh', '-c', 'cat; exit 7'], { stdin: 'hello' });
    expect(result).toEqual({ exitCode: 7, stdout: 'hello', stderr: '', timedOut: false });
  });

  test('leaves no process when the worker is killed', async () => {
    const marker = `mortar-orphan-${process.pid}-${Date.now()}`;
    const spec = { name: 'orphan', mounts: [], workdir: '/tmp' };
    const code = `import os, time\nif os.fork() == 0: os.setsid()\nprint("up", flush=True)\ntime.sleep(600) # ${marker}`;
    const command = [...bubblewrapArguments(spec, await boundRoot()), '--', python, '-c', code];
    // A worker of its own, started as the adapter starts its sandboxes: it is this process that must not die.
    const script = `require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { detached: true, stdio: ['pipe', 'inherit', 'inherit'] })`;
    const worker = spawn(process.execPath, ['-e', script, program ?? '', ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => worker.stdout.once('data', () => resolve()));
    expect((await processesWith(marker)).length).toBeGreaterThan(0);
    worker.kill('SIGKILL');
    await expect.poll(() => processesWith(marker), { timeout: 5000 }).toEqual([]);
  });
});

/** Command lines of running Python processes that hold the marker. */
async function processesWith(marker: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [first, ...rest] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (first === (await hostPython()).executable && rest.join(' ').includes(marker))
      found.push(`${pid} ${rest.join(' ')}`);
  }
  return found;
}
