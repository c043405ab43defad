import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hostPython } from './host-python.js';

/** What a sandbox without an image sees, read-only; both adapters build the same root from it. */
export interface BoundRoot {
  readonly binds: readonly { readonly host: string; readonly guest: string }[];
  /** Links in the root: guest path to target (`/bin` to `usr/bin`). */
  readonly links: readonly { readonly guest: string; readonly target: string }[];
  /** Folders of the host that are covered by an empty one. */
  readonly covered: readonly string[];
}

/** Few and fixed: programs in the sandbox see one user, no network names, and the host's loader cache. */
const ETC: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/tmp:/bin/sh\nsandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n',
  group: 'root:x:0:\nsandbox:x:1000:\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

/** Set in every sandbox, over which the spec's and the command's own variables go. */
export const BASE_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/tmp',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONHASHSEED: '0',
  TMPDIR: '/tmp',
  TZ: 'UTC',
};

export function cacheFolder(): string {
  return process.env.MORTAR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mortar');
}

export async function boundRoot(): Promise<BoundRoot> {
  const python = await hostPython();
  const binds = [{ host: '/usr', guest: '/usr' }];
  const links: { guest: string; target: string }[] = [];
  // No /sbin: Docker puts its own first process there.
  for (const guest of ['/bin', '/lib', '/lib32', '/lib64', '/libx32']) {
    if (!existsSync(guest)) continue;
    if (lstatSync(guest).isSymbolicLink()) links.push({ guest, target: readlinkSync(guest) });
    else binds.push({ host: guest, guest });
  }
  const etc = join(cacheFolder(), 'sandbox', 'etc');
  await mkdir(etc, { recursive: true });
  for (const [name, text] of Object.entries(ETC)) {
    const host = join(etc, name);
    // Rewritten only where it differs: a running sandbox has it bound.
    if ((await readFile(host, 'utf8').catch(() => null)) !== text) await writeFile(host, text);
    binds.push({ host, guest: `/etc/${name}` });
  }
  if (existsSync('/etc/ld.so.cache')) binds.push({ host: '/etc/ld.so.cache', guest: '/etc/ld.so.cache' });
  // Debian's awk, cc and the like are links into it.
  if (existsSync('/etc/alternatives')) binds.push({ host: '/etc/alternatives', guest: '/etc/alternatives' });
  const outside = !python.prefix.startsWith('/usr');
  if (outside) binds.push({ host: python.prefix, guest: python.prefix });
  return { binds, links, covered: outside && existsSync(python.sitePackages) ? [python.sitePackages] : [] };
}

let digest: Promise<string> | undefined;

/** Identity of the bound root: interpreter, its shared library, the C library, the distribution. Hashed once a process. */
export function boundRootDigest(): Promise<string> {
  digest ??= computeDigest();
  return digest;
}

async function computeDigest(): Promise<string> {
  const python = await hostPython();
  const libc = [
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib/aarch64-linux-gnu/libc.so.6',
    '/lib64/libc.so.6',
    '/usr/lib/libc.so.6',
  ];
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const identity = {
    python: python.version,
    interpreter: await fileDigest(python.executable),
    library: python.library === null ? null : await fileDigest(python.library),
    libc: await fileDigest(libc.find((file) => existsSync(file)) ?? python.executable),
    release: release
      .split('\n')
      .filter((line) => /^(ID|VERSION_ID)=/.test(line))
      .sort(),
    machine: process.arch,
  };
  return `sha256:${createHash('sha256').update(JSON.stringify(identity)).digest('hex')}`;
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
