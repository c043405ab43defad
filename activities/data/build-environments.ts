import { openRepository } from '../../sandbox/repositories.js';
import { hostPython } from '../../sandbox/host-python.js';
import { RequirementsError, resolveRequirements } from '../../sandbox/python-environment.js';
import { digestOf } from '../../recipe/canonical.js';
import { InfrastructureError } from '../../recipe/errors.js';
import type { Checkout, Environment } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type Json } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { durationParam, milliseconds } from '../duration.js';
import { baseline, BaselineError } from './baseline.js';

export default defineActivity({
  name: 'data/build-environments',
  version: 2,
  summary: 'Installs what each checkout needs, and learns how its tests behave before anything is changed.',
  queue: 'sandbox',
  inputs: { checkouts: { kind: 'checkouts' } },
  outputs: {
    environments: { kind: 'environments' },
    failures: { kind: 'failures', description: 'Checkouts that gave no environment, with the reason.' },
  },
  scalars: ['environments', 'failures', 'tests', 'stable', 'flaky', 'failing', 'covered_functions'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      repeats: {
        type: 'integer',
        minimum: 2,
        default: 3,
        description: 'Runs of the whole suite: in order in a fresh process, reversed in a warm one, in turn.',
      },
      pytest: { type: 'string', pattern: '^\\d+(\\.\\d+)*$', default: '8.4.2', description: 'Version of pytest.' },
      timeout: durationParam('5m', 'For one run of the whole suite.'),
      min_stable: { type: 'integer', minimum: 1, default: 1, description: 'Stable tests that an environment needs.' },
    },
  },
  map: true,
  itemInputs: ['checkouts'],

  async items(context) {
    const checkouts = await context.inputs.all<Checkout>('checkouts');
    // A corpus is read, never run.
    const tested = checkouts.filter(({ role }) => role !== 'corpus');
    return tested.map((checkout) => ({
      key: `${checkout.repo}@${checkout.version}`,
      value: checkout as unknown as Json,
      group: checkout.repo,
    }));
  },

  async *process(items, context) {
    yield* concurrently(items, context.concurrency, ({ key, value }) =>
      build(key, value as unknown as Checkout, context),
    );
  },

  async assemble(results, context) {
    const built = results.flatMap((result) => (result.ok ? [result.record as unknown as Built] : []));
    await context.outputs.write(
      'environments',
      built.map(({ environment }) => environment),
    );
    const failures = results.flatMap((result) =>
      result.ok ? [] : [{ repo: result.key, class: result.class, code: result.code, message: result.message }],
    );
    await context.outputs.write('failures', failures);
    const sum = (count: (one: Built) => number): number => built.reduce((total, one) => total + count(one), 0);
    return {
      environments: built.length,
      failures: failures.length,
      tests: sum(({ environment }) => environment.tests),
      stable: sum(({ environment }) => environment.stable.length),
      flaky: sum(({ environment }) => environment.flaky.length),
      failing: sum(({ environment }) => environment.failing.length),
      covered_functions: sum(({ covered }) => covered),
    };
  },
});

interface Built {
  readonly environment: Environment;
  /** Functions that some stable test calls. */
  readonly covered: number;
}

async function build(key: string, checkout: Checkout, context: ActivityContext): Promise<ItemResult> {
  try {
    return { key, ok: true, record: (await environmentOf(checkout, context)) as unknown as Json };
  } catch (error) {
    context.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RequirementsError) return { key, ok: false, class: 'subject', code: 'requirements', message };
    if (error instanceof BaselineError) return { key, ok: false, class: 'subject', code: error.code, message };
    if (error instanceof InfrastructureError)
      return { key, ok: false, class: 'infrastructure', code: error.code, message };
    throw error;
  }
}

async function environmentOf(checkout: Checkout, context: ActivityContext): Promise<Built> {
  const pytest = `pytest==${String(context.params['pytest'])}`;
  const lock = await resolveRequirements([pytest, ...checkout.requirements], context.signal);
  const python = (await hostPython()).version;
  const root = await context.sandbox.rootDigest();
  const draft: Environment = {
    // Root, tests and deselected tests decide what runs, so they are part of what an environment is.
    environment_id: digestOf({
      python,
      lock,
      root,
      archive: checkout.archive.digest,
      path: checkout.root,
      tests: checkout.tests,
      deselect: checkout.deselect ?? [],
    }),
    repo: checkout.repo,
    version: checkout.version,
    python,
    lock,
    checkout,
    tests: 0,
    stable: [],
    flaky: [],
    failing: [],
    seconds: 0,
  };
  const repository = await openRepository(draft, context);
  try {
    const found = await baseline(repository, {
      repeats: Number(context.params['repeats']),
      timeout: milliseconds(context.params['timeout']),
      minStable: Number(context.params['min_stable']),
      signal: context.signal,
    });
    const coverage = await context.blobs.put(JSON.stringify(found.coverage));
    const { tests, stable, flaky, failing } = found;
    for (const error of found.errors) context.log('warn', `${checkout.repo}: not collected: ${error}`);
    return {
      environment: { ...draft, tests, stable, flaky, failing, coverage },
      covered: Object.keys(found.coverage).length,
    };
  } finally {
    await repository.close();
  }
}
