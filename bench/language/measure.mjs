// Runs a command several times and says how long it took and how much memory it had at most, its start and end included.
import { spawnSync } from 'node:child_process';

// The operating system tells of a child what a parent in Node cannot ask for; Python is needed by the project anyway.
const wrapper = `
import json, os, sys, time
log, limit, *command = sys.argv[1:]
out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
started = time.monotonic()
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.execvp(command[0], command)
import signal
signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
signal.alarm(int(limit))
_, status, usage = os.wait4(pid, 0)
print(json.dumps({"wall": time.monotonic() - started, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss / 1024,
                  "code": os.waitstatus_to_exitcode(status)}))
`;

/**
 * @param {string[]} command
 * @param {{ cwd: string, log: string, times?: number, limit?: number, environment?: NodeJS.ProcessEnv }} options limit: seconds for one run
 * @returns {{ wall: number, median: number, cpu: number, rss: number } | { failed: string }} seconds (the least, and the median), MiB
 */
export function measure(command, { cwd, log, times = 5, limit = 300, environment = {} }) {
  const runs = [];
  for (let time = 0; time < times; time += 1) {
    const { stdout, stderr } = spawnSync('python3', ['-c', wrapper, log, String(limit), ...command], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
    if (stdout === '') return { failed: stderr.trim().split('\n').at(-1) ?? 'not started' };
    const run = JSON.parse(stdout);
    if (run.code < 0) return { failed: `more than ${limit} s` };
    if (run.code !== 0) return { failed: `exit code ${run.code}, see ${log}` };
    runs.push(run);
    // What takes a minute is not taken five times.
    if (run.wall > 20) break;
  }
  return {
    wall: Math.min(...runs.map(({ wall }) => wall)),
    median: median(runs.map(({ wall }) => wall)),
    cpu: Math.min(...runs.map(({ cpu }) => cpu)),
    rss: Math.max(...runs.map(({ rss }) => rss)),
  };
}

function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
