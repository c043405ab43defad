import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { sortTests } from '../../activities/data/baseline.js';
import { milliseconds } from '../../activities/duration.js';
import { bubblewrapArguments } from '../../sandbox/bubblewrap.js';
import { Capture } from '../../sandbox/capture.js';
import { createSandbox } from '../../sandbox/index.js';
import { lockLines } from '../../sandbox/python-environment.js';

test('bubblewrapArguments: no network, no variables of the host, nothing writable but what is asked for', () => {
  const line = bubblewrapArguments(
    {
      name: 'x',
      workdir: '/work',
      mounts: [
        { host: '/h/tree', guest: '/tree' },
        { host: '/h/out', guest: '/out', writable: true },
      ],
      environment: { TZ: 'X' },
    },
    {
      binds: [{ host: '/usr', guest: '/usr' }],
      links: [{ guest: '/bin', target: 'usr/bin' }],
      covered: ['/python/site-packages'],
    },
    { A: 'b c' },
  );
  expect(line.join(' ')).toMatchInlineSnapshot(
    `"--unshare-all --die-with-parent --new-session --clearenv --hostname sandbox --cap-drop ALL --proc /proc --dev /dev --tmpfs /tmp --ro-bind /usr /usr --symlink usr/bin /bin --tmpfs /python/site-packages --ro-bind /h/tree /tree --bind /h/out /out --setenv HOME /tmp --setenv LANG C.UTF-8 --setenv LC_ALL C.UTF-8 --setenv PATH /usr/local/bin:/usr/bin:/bin --setenv PYTHONDONTWRITEBYTECODE 1 --setenv PYTHONHASHSEED 0 --setenv TMPDIR /tmp --setenv TZ X --setenv A b c --chdir /work"`,
  );
});

describe('createSandbox', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('refuses an adapter that it does not know', async () => {
    process.env['MORTAR_SANDBOX'] = 'none';
    await expect(createSandbox()).rejects.toThrow(
      "MORTAR_SANDBOX is 'none', but it must be 'docker' or 'bubblewrap'. Mend it, or unset it.",
    );
  });

  test('never goes on without a sandbox', async () => {
    Object.assign(process.env, { MORTAR_SANDBOX: 'bubblewrap', MORTAR_BWRAP: '/nowhere/bwrap' });
    await expect(createSandbox()).rejects.toMatchObject({
      name: 'UserError',
      code: 'sandbox-missing',
      message: expect.stringContaining('apt-get install bubblewrap') as string,
    });
  });
});

test('Capture keeps short outputs whole, and head and tail of long ones, however they are cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 30 }), { maxLength: 30 }),
      fc.integer({ min: 2, max: 60 }),
      (chunks, size) => {
        const capture = new Capture(size);
        for (const chunk of chunks) capture.push(Buffer.from(chunk));
        const all = chunks.join('');
        const half = Math.floor(size / 2);
        const text = capture.text();
        if (all.length <= 2 * half) expect(text).toBe(all);
        else
          expect(text).toBe(
            `${all.slice(0, half)}\n[... ${all.length - 2 * half} bytes left out ...]\n${all.slice(-half)}`,
          );
      },
    ),
  );
});

test('lockLines keeps pins, sorted, without extras, comments and options', () => {
  expect(
    lockLines(
      '# a comment\npytest==8.4.2\n    # via x\n--index-url x\nattrs[tests]==1.0 ; python_version > "3"\n\n-e .\n',
    ),
  ).toEqual(['attrs==1.0', 'pytest==8.4.2']);
});

test('sortTests: stable passed every time, flaky some times, failing never; skipped is none of these', () => {
  const runs = [
    { outcomes: { a: 'passed', b: 'passed', c: 'failed', d: 'skipped', e: 'error' } },
    { outcomes: { a: 'passed', c: 'failed', d: 'skipped', e: 'passed' } },
  ] as const;
  expect(sortTests(['e', 'd', 'c', 'b', 'a'], runs)).toEqual({ stable: ['a'], flaky: ['b', 'e'], failing: ['c'] });
});

test('milliseconds reads durations and seconds', () => {
  expect(['500ms', '1.5s', '30m', '8h', 2].map(milliseconds)).toEqual([500, 1500, 1_800_000, 28_800_000, 2000]);
});
