import type { Activity } from './activity.js';
import command from './command.js';
import rollout from './agent/rollout.js';
import buildEnvironments from './data/build-environments.js';
import collect from './data/collect.js';
import exportRecords from './data/export.js';
import importRecords from './data/import.js';
import injectBugs from './data/inject-bugs.js';
import label from './data/label.js';
import mineFixes from './data/mine-fixes.js';
import select from './data/select.js';
import split from './data/split.js';
import writeIssues from './data/write-issues.js';
import compare from './report/compare.js';
import score from './report/score.js';
import write from './report/write.js';
import maskErrors from './sft/mask-errors.js';
import pretrain from './sft/pretrain.js';
import train from './sft/train.js';
import judge from './tts/judge.js';
import trainVerifier from './tts/train-verifier.js';
import grade from './validate/grade.js';
import runTests from './validate/run-tests.js';
import sealHistory from './validate/seal-history.js';

/** Every activity that a recipe can name, in the order of a pipeline. */
export const activities: readonly Activity[] = [
  collect,
  importRecords,
  mineFixes,
  buildEnvironments,
  injectBugs,
  sealHistory,
  runTests,
  writeIssues,
  split,
  rollout,
  grade,
  label,
  select,
  maskErrors,
  pretrain,
  train,
  trainVerifier,
  judge,
  score,
  compare,
  write,
  exportRecords,
  command,
];
