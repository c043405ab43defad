import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bubblewrap } from '../../sandbox/bubblewrap.js';
import { docker, probeDocker } from '../../sandbox/docker.js';
import { hostPython } from '../../sandbox/host-python.js';
import { closeRepositories, openRepository } from '../../sandbox/repositories.js';
import { cacheFolder } from '../../sandbox/root.js';
import { pythonEnvironment, resolveRequirements } from '../../sandbox/python-environment.js';
import type { Sandbox, SandboxPort } from '../../sandbox/sandbox.js';
import { recordingContext } from '../support/activity-context.js';
import { tallyCheckout } from '../support/tally.js';

const unreachable = await probeDocker();

describe.skipIf(unreachable !== null)('docker', () => {
  const name = `mortar-test-${process.pid}`;
  let folder: string;
  let port: SandboxPort;
  let sandbox: Sandbox;
  let python: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortar-docker-'));
    await writeFile(join(folder, 'file'), 'mounted');
    port = docker();
    python = (await hostPython()).executable;
    sandbox = await port.open({ name, mounts: [{ host: folder, guest: '/given' }], workdir: '/tmp', pids: 64 });
  });
  afterAll(async () => {
    await closeRepositories();
    await sandbox?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (code: string, timeout = 20_000): ReturnType<Sandbox['exec']> =>
    sandbox.exec([python, '-c', code], { timeout });

  test('has the same root as bubblewrap, under the same digest', async () => {
    expect(await port.rootDigest()).toBe(await bubblewrap('bwrap').rootDigest());
    expect((await run('import sys; print(sys.version.split()[0])')).stdout.trim()).toBe((await hostPython()).version);
  });

  test('has no network and sees only what is mounted', async () => {
    expect((await run('import socket; socket.create_connection(("1.1.1.1", 53), 3)')).stderr).toMatch(/unreachable/);
    const seen = await run(
      `import os; print(open("/given/file").read(), os.path.exists(${JSON.stringify(folder)}), os.getenv("HOME"))`,
    );
    expect(seen.stdout.trim()).toBe('mounted False /tmp');
    expect((await run('open("/given/new", "w")')).stderr).toMatch(/Read-only/);
    expect((await run('open("/new", "w")')).stderr).toMatch(/Read-only/);
  });

  test('keeps stdout and stderr apart, feeds input, reports the exit code', async () => {
    const result = await sandbox.exec(['/bin/sh', '-c', 'cat; echo wrong >&2; exit 7'], { stdin: 'hello' });
    expect(result).toEqual({ exitCode: 7, stdout: 'hello', stderr: 'wrong\n', timedOut: false });
  });

  test('kills a command inside the container at its time limit', async () => {
    const result = await run('import os, time\nos.fork()\nprint("started", flush=True)\ntime.sleep(613)', 1500);
    expect(result).toMatchObject({ timedOut: true, exitCode: -1 });
    const left = await run(
      'import os; print([open(f"/proc/{p}/cmdline").read() for p in os.listdir("/proc") if p.isdigit()])',
    );
    expect(left.stdout).not.toContain('613');
  });

  test('limits processes', async () => {
    const result = await run(
      'import os, time\nfor _ in range(200):\n    if os.fork() == 0: time.sleep(2); os._exit(0)',
    );
    expect(result.stderr).toMatch(/Resource temporarily unavailable/);
  });

  test('a container of the same name that was left over is replaced', async () => {
    const spec = { name: `${name}-stale`, mounts: [], workdir: '/tmp' };
    const first = await port.open(spec);
    const second = await port.open(spec);
    expect((await second.exec(['/bin/echo', 'here'])).stdout).toBe('here\n');
    await first.close().catch(() => undefined);
    await second.close();
  });

  test('a container goes when the worker is killed', async () => {
    const { stdout, signal } = spawnSync(
      process.execPath,
      [
        '-e',
        `
      const Docker = require('dockerode'); const engine = new Docker();
      (async () => {
        const image = (await engine.getContainer(process.argv[1]).inspect()).Config.Image;
        const options = { name: process.argv[1] + '-orphan', Image: image, Cmd: ['/bin/cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true,
          HostConfig: { AutoRemove: true, Init: true, NetworkMode: 'none', Binds: ['/usr:/usr:ro'] } };
        const container = await engine.createContainer(options);
        await container.attach({ stream: true, stdin: true, hijack: true });
        await container.start();
        require('node:fs').writeSync(1, container.id);
        process.kill(process.pid, 'SIGKILL');
      })();`,
        name,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd: process.cwd(), timeout: 20_000 },
    );
    expect(signal).toBe('SIGKILL');
    await expect
      .poll(
        () =>
          new Docker()
            .getContainer(stdout)
            .inspect()
            .then(
              () => 'there',
              () => 'gone',
            ),
        { timeout: 10_000 },
      )
      .toBe('gone');
  });

  test('the runner works in it', async () => {
    const { context } = recordingContext({ folder, cache: cacheFolder(), sandbox: port, params: {}, inputs: {} });
    const lock = await resolveRequirements(['pytest==8.4.2']);
    await pythonEnvironment(lock, cacheFolder());
    const checkout = await tallyCheckout(folder, context.blobs);
    const environment = {
      environment_id: 'docker-tally',
      repo: 'tally',
      version: '1',
      python: '',
      lock,
      checkout,
      tests: 0,
      stable: [],
      flaky: [],
      failing: [],
      seconds: 0,
    };
    const repository = await openRepository(environment, context);
    for (const isolation of ['warm', 'process'] as const) {
      const outcome = await repository.run({
        patches: [],
        tests: ['tests/test_tally.py::test_total'],
        isolation,
        timeout: 20_000,
      });
      expect(outcome).toMatchObject({
        status: 'ran',
        isolation,
        outcomes: { 'tests/test_tally.py::test_total': 'passed' },
      });
    }
    await repository.close();
  });
});
