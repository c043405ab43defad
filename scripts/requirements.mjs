// What a machine must have before anything else runs. Plain Node: this is read before the dependencies are there.
import { spawnSync } from 'node:child_process';

const MINIMUM_NODE = [20, 10];
const MINIMUM_PYTHON = [3, 10];

/** @returns {{ exitCode: number, message: string } | null} null where all is there */
export function missingRequirement() {
  const node = process.versions.node.split('.').map(Number);
  if (older(node, MINIMUM_NODE)) {
    return {
      exitCode: 3,
      message: `Node ${process.versions.node} is too old: Mortar needs ${MINIMUM_NODE.join('.')} or later. Install a current Node, then run this again.`,
    };
  }
  if (spawnSync('git', ['--version'], { stdio: 'ignore', timeout: 10_000 }).status !== 0) {
    return {
      exitCode: 3,
      message: 'git was not found on PATH: Mortar keeps checkouts with it. Install git, then run this again.',
    };
  }
  const python = pythonVersion();
  if (!python) {
    return {
      exitCode: 3,
      message: `python3 was not found on PATH: training and test runs need Python ${MINIMUM_PYTHON.join('.')} or later. Install it, then run this again.`,
    };
  }
  if (older(python, MINIMUM_PYTHON)) {
    return {
      exitCode: 3,
      message: `python3 is ${python.join('.')}, and Mortar needs ${MINIMUM_PYTHON.join('.')} or later. Put a newer python3 first on PATH, then run this again.`,
    };
  }
  return null;
}

function pythonVersion() {
  const answer = spawnSync('python3', ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const match = /Python (\d+)\.(\d+)/.exec(`${answer.stdout ?? ''}${answer.stderr ?? ''}`);
  return answer.status === 0 && match ? [Number(match[1]), Number(match[2])] : null;
}

function older(version, minimum) {
  return version[0] < minimum[0] || (version[0] === minimum[0] && version[1] < minimum[1]);
}
