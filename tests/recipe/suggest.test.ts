import { describe, expect, test } from 'vitest';
import { activities } from '../../activities/registry.js';
import { suggest } from '../../recipe/suggest.js';

const stages = [
  'sources',
  'environments',
  'bugs',
  'sealed',
  'tests',
  'split',
  'demos',
  'masked',
  'sft',
  'evaluate',
  'score',
  'report',
];
const outputs = ['train', 'verifier', 'development', 'test', 'overlap'];
const params = [
  'licences',
  'seed',
  'samples',
  'max_turns',
  'learning_rate',
  'teacher',
  'base',
  'budgets',
  'temperature',
];
const profiles = ['tiny', 'small', 'paper', 'dgx-spark'];
const keys = [
  'uses',
  'inputs',
  'with',
  'if',
  'needs',
  'foreach',
  'retry',
  'timeout',
  'queue',
  'items',
  'sandbox',
  'expect',
  'approve',
  'outputs',
];
const activityNames = activities.map(({ name }) => name);
const lists = { stages, outputs, params, profiles, keys, activities: activityNames } as const;

describe('a typo of one word gets the word that was meant', () => {
  test.each<[keyof typeof lists, string, string]>([
    // Neighbours swapped.
    ['stages', 'spilt', 'split'],
    ['stages', 'scoer', 'score'],
    ['stages', 'evalaute', 'evaluate'],
    ['outputs', 'trian', 'train'],
    ['outputs', 'tset', 'test'],
    ['params', 'sede', 'seed'],
    ['params', 'buegets', 'budgets'],
    ['profiles', 'tniy', 'tiny'],
    ['keys', 'timeuot', 'timeout'],
    ['keys', 'wiht', 'with'],
    ['keys', 'fi', 'if'],
    ['activities', 'data/spilt', 'data/split'],
    ['activities', 'sft/trian', 'sft/train'],
    // Singular and plural.
    ['stages', 'source', 'sources'],
    ['stages', 'environment', 'environments'],
    ['stages', 'bug', 'bugs'],
    ['stages', 'scores', 'score'],
    ['outputs', 'tests', 'test'],
    ['params', 'sample', 'samples'],
    ['params', 'licence', 'licences'],
    ['params', 'seeds', 'seed'],
    ['keys', 'input', 'inputs'],
    ['keys', 'use', 'uses'],
    ['keys', 'item', 'items'],
    ['keys', 'need', 'needs'],
    ['activities', 'validate/run-test', 'validate/run-tests'],
    ['activities', 'data/inject-bug', 'data/inject-bugs'],
    // Dashes, underscores, letter case.
    ['params', 'max-turns', 'max_turns'],
    ['params', 'maxTurns', 'max_turns'],
    ['params', 'LEARNING_RATE', 'learning_rate'],
    ['params', 'learningRate', 'learning_rate'],
    ['profiles', 'dgx_spark', 'dgx-spark'],
    ['profiles', 'Tiny', 'tiny'],
    ['keys', 'forEach', 'foreach'],
    ['keys', 'for-each', 'foreach'],
    ['activities', 'validate/run_tests', 'validate/run-tests'],
    ['activities', 'data/buildEnvironments', 'data/build-environments'],
    // A letter too many, too few, or another one.
    ['stages', 'repport', 'report'],
    ['stages', 'evluate', 'evaluate'],
    ['stages', 'seeled', 'sealed'],
    ['outputs', 'verifer', 'verifier'],
    ['params', 'temprature', 'temperature'],
    ['profiles', 'papper', 'paper'],
    ['keys', 'ouputs', 'outputs'],
    ['keys', 'aprove', 'approve'],
    ['keys', 'sandox', 'sandbox'],
    ['activities', 'agent/rolout', 'agent/rollout'],
    ['activities', 'validate/gradee', 'validate/grade'],
  ])('%s: %s -> %s', (list, given, meant) => {
    expect(suggest(given, lists[list])).toBe(meant);
  });
});

describe('a word that is far from all, or near to two, gets no suggestion', () => {
  test.each<[keyof typeof lists, string]>([
    ['stages', 'publish'],
    ['stages', 'x'],
    ['stages', 'stage'],
    ['stages', 'distill'],
    ['outputs', 'model'],
    ['outputs', 'all'],
    ['outputs', 'rest'.repeat(4)],
    ['params', 'epochs'],
    ['params', 'rate'],
    ['params', 'k'],
    ['params', 'data'],
    ['profiles', 'gpu'],
    ['profiles', 'production'],
    ['profiles', 'large'],
    ['keys', 'run'],
    ['keys', 'env'],
    ['keys', 'steps'],
    ['keys', 'name'],
    ['keys', 'on'],
    ['activities', 'data/publish'],
    ['activities', 'actions/checkout'],
    ['activities', 'rl/train'],
    ['activities', ''],
  ])('%s: %s', (list, given) => {
    expect(suggest(given, lists[list])).toBeUndefined();
  });

  test('two that are as near', () => {
    expect(suggest('seal', ['deal', 'meal'])).toBeUndefined();
    expect(suggest('sampel', ['sample', 'samples'])).toBe('sample');
    expect(suggest('mode', ['model', 'models', 'code'])).toBeUndefined();
  });

  test('the word itself is no suggestion', () => {
    expect(suggest('split', ['split'])).toBeUndefined();
  });
});
