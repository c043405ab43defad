import { runJob } from './local.js';
import { findPython, type PythonOptions } from './python.js';
import { streamLines } from './stream.js';
import type { TrainerPort } from './trainer.js';

export type TrainerOptions = PythonOptions;

/** The trainer on this machine. The interpreter is looked for when it is first needed, so that a worker without one can do other work. */
export function createTrainer(options: TrainerOptions = {}): TrainerPort {
  return {
    run: (job) => runJob(findPython(options), job),
    stream: (command, input, signal) => streamLines(findPython(options), command, input, signal),
  };
}
