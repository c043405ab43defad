import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A pid alone is not an identity: the system gives it to another process later. The start time makes it one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the system says it; only compared for equality. Empty where the system does not tell. */
  readonly startTime: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: startTime(pid) };
}

export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: there, but another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (isZombie(identity.pid)) return false;
  return identity.startTime === '' || identity.startTime === startTime(identity.pid);
}

function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

function startTime(pid: number): string {
  const fields = statFields(pid);
  // Field 22 of /proc/PID/stat, clock ticks since boot; fields count from the one after the command name here.
  if (fields) return fields[19] ?? '';
  if (process.platform === 'linux') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 })
      .trim()
      .replaceAll(/\s+/g, '_');
  } catch {
    return '';
  }
}

function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may hold blanks and parentheses itself.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Asks a process group to end, then insists. Resolves when its leader is gone. */
export async function stopProcess(identity: ProcessIdentity, graceMilliseconds: number): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  const deadline = Date.now() + graceMilliseconds;
  while (Date.now() < deadline) {
    if (!isAlive(identity)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  signalGroup(identity.pid, 'SIGKILL');
  while (isAlive(identity)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
