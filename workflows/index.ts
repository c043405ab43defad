/** What the worker bundles: every export is a workflow type. */
export { run } from './run.js';
export { scheduledRun } from './scheduled-run.js';
export { stage } from './stage.js';
