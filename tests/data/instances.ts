import type { Instance } from '../../schemas/records.js';

/** A valid synthetic instance; what matters to a test is given. */
export function instance(given: Partial<Instance> & { readonly repo: string }): Instance {
  const name = given.instance_id ?? `${given.repo}__1.0.comparison__00000000`;
  const file = given.focus?.file ?? `${given.repo}/core.py`;
  return {
    instance_id: name,
    version: '1.0',
    base_commit: 'c0ffee',
    source: 'synthetic',
    environment_id: 'e',
    problem_statement: '',
    patch: lineDiff(file, name, '    return first <= second', '    return first < second'),
    bug_patch: lineDiff(file, name, '    return first < second', '    return first <= second'),
    test_patch: '',
    focus: { file, symbol: 'Order.before', start: 10, end: 12, hash: name },
    bug: { kind: 'comparison', line: 12, bad: ' <=', good: ' <' },
    status: 'valid',
    FAIL_TO_PASS: ['tests/test_core.py::test_before'],
    PASS_TO_PASS: [],
    symptom: 'AssertionError: assert True is False',
    ...given,
  };
}

export function lineDiff(file: string, context: string, old: string, made: string): string {
  return [
    `diff --git a/${file} b/${file}`,
    `--- a/${file}`,
    `+++ b/${file}`,
    '@@ -11,2 +11,2 @@',
    ` # ${context}`,
    `-${old}`,
    `+${made}`,
    '',
  ].join('\n');
}
