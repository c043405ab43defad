import type { SandboxSpec } from './sandbox.js';

export const DEFAULT_MEMORY = 4 * 2 ** 30;
export const DEFAULT_CPUS = 1;
export const DEFAULT_PIDS = 256;

/**
 * Limits that hold without a cgroup, as a command that goes before the sandboxed one. The address space is limited per
 * process, not per sandbox; the kernel counts processes per user and lets root pass, so `pids` binds for other users only.
 */
export function limitsCommand(spec: Pick<SandboxSpec, 'memory' | 'pids'>): string[] {
  const memory = spec.memory ?? DEFAULT_MEMORY;
  const pids = spec.pids ?? DEFAULT_PIDS;
  return ['/usr/bin/prlimit', `--as=${memory}`, `--nproc=${pids}`, '--core=0', '--'];
}
