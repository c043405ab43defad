import type { Environment, Instance } from '../../schemas/records.js';
import type { RepositoryPool } from '../agent/repository-pool.js';
import { defineActivity, type ActivityContext, type Json, type Scalars } from '../activity.js';
import { durationParam, milliseconds } from '../duration.js';
import { PatchError } from './apply-patch.js';
import { checkoutReader, mendsExactly } from './checkout-files.js';
import { environmentOf, environmentsById } from './environments.js';
import { inRepositories } from './in-repositories.js';
import { testInstance, testRealInstance, type Verification, type Verifier } from './test-instance.js';

interface Validated {
  readonly instance: Instance;
  /** Tested again in a fresh process. */
  readonly rechecked: boolean;
  /** Warm and process verdicts differed. */
  readonly disagreed: boolean;
}

export default defineActivity({
  name: 'validate/run-tests',
  version: 1,
  summary:
    'Runs the tests that touch each bug, before and after, and says which instances are valid and which tests show it.',
  queue: 'sandbox',
  inputs: { instances: { kind: 'instances' }, environments: { kind: 'environments', implied: true } },
  outputs: {
    instances: { kind: 'instances', description: 'All of them, annotated; none is dropped.' },
    rejections: { kind: 'counts', description: 'Instances that are not valid, by status and reason.' },
  },
  scalars: [
    'attempted',
    'valid',
    'valid_share',
    'flaky_share',
    'by_status',
    'by_reason',
    'rechecked',
    'warm_process_disagreements',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      repeats: {
        type: 'integer',
        minimum: 1,
        default: 2,
        description: 'Runs that must agree, of each tree in each isolation.',
      },
      timeout: durationParam('10s', "For one run of an instance's tests in a warm process; a fresh one has 20 s more."),
      tests_per_instance: {
        type: 'integer',
        minimum: 1,
        default: 16,
        description: 'Covering tests that are run, at most; those that call the least first.',
      },
      recheck: {
        enum: ['all', 'evaluation', 'none'],
        default: 'all',
        description: 'Valid instances that are tested again in fresh processes.',
      },
    },
  },
  map: true,
  itemInputs: ['instances'],

  async items(context) {
    const instances = await context.inputs.all<Instance>('instances');
    return instances.map((instance) => ({
      key: instance.instance_id,
      value: instance as unknown as Json,
      group: instance.repo,
    }));
  },

  async *process(items, context) {
    const environments = await environmentsById(context);
    const validator = new Validator(context);
    yield* inRepositories(items, context, async ({ value, group = '' }, pool) => {
      const instance = value as unknown as Instance;
      // What an earlier stage has rejected stays so, with its reason; it may have no environment.
      if (instance.status !== 'draft' && instance.status !== 'sealed')
        return { instance, rechecked: false, disagreed: false } satisfies Validated;
      const environment = environmentOf(environments, instance, 'validate/run-tests');
      return validator.validate(instance, environment, group, pool);
    });
  },

  async assemble(results, context) {
    const byKey = new Map(results.map((result) => [result.key, result]));
    const validated = (await context.inputs.all<Instance>('instances')).map((instance): Validated => {
      const result = byKey.get(instance.instance_id);
      if (result?.ok === true) return result.record as unknown as Validated;
      const reason = result === undefined ? 'not tested' : `${result.code}: ${result.message.slice(0, 300)}`;
      return { instance: { ...instance, status: 'infrastructure', reason }, rechecked: false, disagreed: false };
    });
    await context.outputs.write(
      'instances',
      validated.map(({ instance }) => instance),
    );
    return countAndWrite(validated, context);
  },
});

async function countAndWrite(validated: readonly Validated[], context: ActivityContext): Promise<Scalars> {
  const statuses: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const rejections = new Map<string, { status: string; reason: string; count: number }>();
  for (const { instance } of validated) {
    const { status } = instance;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 'valid') continue;
    // Reasons carry details after a colon; what is counted is their kind.
    const reason = (instance.reason ?? 'unknown').split(':')[0] ?? 'unknown';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    const row = rejections.get(`${status} ${reason}`) ?? { status, reason, count: 0 };
    rejections.set(`${status} ${reason}`, { ...row, count: row.count + 1 });
  }
  await context.outputs.write(
    'rejections',
    [...rejections.values()].sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason)),
  );
  const attempted = validated.length;
  const share = (count: number): number => (attempted === 0 ? 0 : count / attempted);
  return {
    attempted,
    valid: statuses['valid'] ?? 0,
    valid_share: share(statuses['valid'] ?? 0),
    flaky_share: share(statuses['flaky'] ?? 0),
    by_status: statuses,
    by_reason: reasons,
    rechecked: validated.filter((one) => one.rechecked).length,
    warm_process_disagreements: validated.filter(({ disagreed }) => disagreed).length,
  };
}

/** Import of a package and collection of the files, in a fresh process. */
const FRESH_START = 20_000;

class Validator {
  readonly #coverage = new Map<string, Promise<Readonly<Record<string, string[]>>>>();
  readonly #readers = new Map<string, ReturnType<typeof checkoutReader>>();
  readonly #mended = new Map<string, Verifier['mended']>();

  constructor(private readonly context: ActivityContext) {}

  async validate(
    instance: Instance,
    environment: Environment,
    group: string,
    pool: RepositoryPool,
  ): Promise<Validated> {
    const rejected = (status: Instance['status'], reason: string): Validated => ({
      instance: { ...instance, status, reason },
      rechecked: false,
      disagreed: false,
    });
    const real = instance.bug_patch === '';
    if (!real) {
      try {
        if (!(await mendsExactly(instance, await this.#reader(environment))))
          return rejected('invalid', 'gold-does-not-restore');
      } catch (error) {
        if (!(error instanceof PatchError)) throw error;
        return rejected('invalid', `patch-not-applied: ${error.message}`);
      }
    }
    const tests = await this.#tests(instance, environment);
    if (tests.length === 0) return rejected('invalid', 'no-covering-test');
    const repository = await pool.open(group, environment);
    const mended = this.#mended.get(environment.environment_id) ?? new Map<string, never>();
    this.#mended.set(environment.environment_id, mended);
    const verify = (isolation: 'warm' | 'process'): Promise<Verification> =>
      (real ? testRealInstance : testInstance)(instance, tests, {
        repository,
        isolation,
        repeats: real || isolation === 'warm' ? Number(this.context.params['repeats']) : 1,
        timeout: milliseconds(this.context.params['timeout']) + (isolation === 'process' ? FRESH_START : 0),
        signal: this.context.signal,
        mended,
      });
    // A real change touches more than one body; it is tested in fresh processes at once.
    const first = await verify(real ? 'process' : 'warm');
    if (first.status !== 'valid') return rejected(first.status, first.reason);
    const recheck = !real && this.#rechecks(environment);
    const second = recheck ? await verify('process') : first;
    if (second.status !== 'valid')
      return { ...rejected(second.status, `process-${second.reason}`), rechecked: true, disagreed: true };
    const disagreed = second.failing.join() !== first.failing.join() || second.passing.join() !== first.passing.join();
    const annotated: Instance = {
      ...instance,
      status: 'valid',
      FAIL_TO_PASS: [...second.failing],
      PASS_TO_PASS: [...second.passing],
      isolation: real || disagreed ? 'process' : 'warm',
    };
    if (second.symptom !== undefined)
      annotated.symptom = disagreed ? second.symptom : (first.symptom ?? second.symptom);
    return { instance: annotated, rechecked: recheck, disagreed };
  }

  #rechecks(environment: Environment): boolean {
    switch (this.context.params['recheck']) {
      case 'all':
        return true;
      case 'evaluation':
        return environment.checkout.role === 'test' || environment.checkout.role === 'development';
      default:
        return false;
    }
  }

  /** Stable tests that call the function; for a real instance the files of its test patch, too. */
  async #tests(instance: Instance, environment: Environment): Promise<string[]> {
    const { file, symbol } = instance.focus;
    const coverage = await this.#covering(environment);
    const names = symbol.split('.').filter((name) => name !== '<locals>');
    const covering = coverage[`${file}::${names.join('.')}`] ?? [];
    const stable = new Set(environment.stable);
    const kept = covering
      .filter((test) => stable.has(test))
      .slice(0, Number(this.context.params['tests_per_instance']));
    const files = [...instance.test_patch.matchAll(/^\+\+\+ (?:b\/)?(\S+\.py)/gm)].map((match) => match[1] ?? '');
    return [...new Set([...kept, ...files])];
  }

  #covering(environment: Environment): Promise<Readonly<Record<string, string[]>>> {
    const { coverage, environment_id: id } = environment;
    let known = this.#coverage.get(id);
    if (known === undefined) {
      known =
        coverage === undefined
          ? Promise.resolve({})
          : this.context.blobs
              .get(coverage)
              .then((bytes) => JSON.parse(bytes.toString('utf8')) as Record<string, string[]>);
      this.#coverage.set(id, known);
    }
    return known;
  }

  #reader(environment: Environment): ReturnType<typeof checkoutReader> {
    let reader = this.#readers.get(environment.environment_id);
    if (reader === undefined) {
      reader = checkoutReader(environment.checkout, this.context);
      this.#readers.set(environment.environment_id, reader);
    }
    return reader;
  }
}
