import type { JsonObject } from '../../recipe/json.js';
import type { SandboxPort, SandboxSpec } from '../../sandbox/sandbox.js';

/** The sandbox port with the limits that the stage's `sandbox:` sets over those of the activity. */
export function limitedSandbox(port: SandboxPort, policy: JsonObject): SandboxPort {
  const limits = limitsOf(policy);
  if (Object.keys(limits).length === 0) return port;
  return Object.defineProperties({} as SandboxPort, {
    ...Object.getOwnPropertyDescriptors(port),
    open: { value: (spec: SandboxSpec, signal?: AbortSignal) => port.open({ ...spec, ...limits }, signal) },
  });
}

function limitsOf(policy: JsonObject): Pick<SandboxSpec, 'memory' | 'cpus' | 'pids'> {
  const { memory, cpus, pids } = policy;
  return {
    ...(typeof memory === 'number' ? { memory } : {}),
    ...(typeof cpus === 'number' ? { cpus } : {}),
    ...(typeof pids === 'number' ? { pids } : {}),
  };
}
