import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../recipe/errors.js';

/** The interpreter that sandboxes bind: a real file, not a shim or a link. */
export interface HostPython {
  /** Real path of the executable. */
  readonly executable: string;
  /** Folder that holds its standard library; bound read-only. */
  readonly prefix: string;
  /** Full version, such as 3.11.7. */
  readonly version: string;
  /** Shared library that it is linked with, where there is one. */
  readonly library: string | null;
  /** Its own site-packages: covered in the sandbox, so that what a user installed there cannot leak in. */
  readonly sitePackages: string;
}

const PROBE = `
import json, os, sys, sysconfig
library = os.path.join(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "")
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "prefix": os.path.realpath(sys.base_prefix),
    "version": sys.version.split()[0],
    "library": os.path.realpath(library) if os.path.isfile(library) else None,
    "sitePackages": sysconfig.get_path("purelib"),
    "supported": sys.version_info >= (3, 10),
}))
`;

let found: Promise<HostPython> | undefined;

/** MORTAR_PYTHON, else `python3` on PATH. Asked once a process. Throws a UserError where there is none of 3.10 or later. */
export function hostPython(): Promise<HostPython> {
  found ??= probe(process.env.MORTAR_PYTHON ?? 'python3');
  return found;
}

async function probe(command: string): Promise<HostPython> {
  let text: string;
  try {
    ({ stdout: text } = await promisify(execFile)(command, ['-I', '-c', PROBE], { timeout: 20_000 }));
  } catch (error) {
    throw new UserError(
      'python-missing',
      `Sandboxes need a Python interpreter, but '${command}' could not be run. Install Python 3.10 or later, or set MORTAR_PYTHON to its path.`,
      {},
      { cause: error },
    );
  }
  const answer = JSON.parse(text) as HostPython & { supported: boolean };
  if (!answer.supported) {
    throw new UserError(
      'python-too-old',
      `Sandboxes need Python 3.10 or later, but '${command}' is ${answer.version}. Set MORTAR_PYTHON to a newer interpreter.`,
    );
  }
  return answer;
}
