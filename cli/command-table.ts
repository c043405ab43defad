import type { Command } from 'commander';
import type { OpenProgram } from './open-program.js';

export interface CommandModule {
  /** @param open for a command that asks about the others */
  register(program: Command, open: OpenProgram): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
  /** Not for people: help does not list it. */
  readonly hidden?: boolean;
}

/** Every command with its module, which is loaded only when the command is used: `mortar --help` answers at once. */
export const commands: readonly CommandEntry[] = [
  entry('init', 'write a recipe to begin with', () => import('./commands/init.js')),
  entry('check', 'check recipes without running anything', () => import('./commands/check.js')),
  entry('plan', 'show what a run would do, and why', () => import('./commands/plan.js')),
  entry('lock', 'write what a recipe comes to beside it', () => import('./commands/lock.js')),
  entry('run', 'run a recipe', () => import('./commands/run.js')),
  entry('demo', 'run the whole SWE-Lego pipeline in its tiny profile', () => import('./commands/demo.js')),
  entry('status', 'show the state of a run', () => import('./commands/status.js')),
  entry('watch', 'follow a run until it ends', () => import('./commands/watch.js')),
  entry('logs', 'print the log of a run or of one stage', () => import('./commands/logs.js')),
  entry('retry', 'continue stages that failed', () => import('./commands/retry.js')),
  entry('skip', 'go on without a stage on hold', () => import('./commands/skip.js')),
  entry('approve', 'let a stage on hold pass', () => import('./commands/approve.js')),
  entry('cancel', 'cancel a run', () => import('./commands/cancel.js')),
  entry('runs', 'list runs', () => import('./commands/runs.js')),
  entry('schedule', 'run recipes by the clock', () => import('./commands/schedule.js')),
  entry('report', 'fetch the report of a run', () => import('./commands/report.js')),
  entry('lineage', 'follow a number of the report down to its data', () => import('./commands/lineage.js')),
  entry('export', 'write a run as an RO-Crate to publish', () => import('./commands/export.js')),
  entry('explain', 'say why a stage ran or came from the cache', () => import('./commands/explain.js')),
  entry('diff', 'compare two runs', () => import('./commands/diff.js')),
  entry('artifacts', 'list, print, fetch and verify artifacts', () => import('./commands/artifacts.js')),
  entry('gc', 'delete what no run needs any more', () => import('./commands/gc.js')),
  entry('activities', 'list the activities that stages can use', () => import('./commands/activities.js')),
  entry('worker', 'run a worker in this terminal', () => import('./commands/worker.js')),
  entry('up', 'start the development services', () => import('./commands/up.js')),
  entry('down', 'stop the development services', () => import('./commands/down.js')),
  entry('doctor', 'check this machine and its services', () => import('./commands/doctor.js')),
  entry('completion', 'make your shell complete what you type', () => import('./commands/completion.js')),
  { ...entry('complete', 'answer a completion script', () => import('./commands/complete.js')), hidden: true },
];

function entry(name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { name, summary, load };
}
