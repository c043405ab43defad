import type { Activity, ActivityContext } from '../../activities/activity.js';
import { hexOf } from '../../artifacts/digest.js';
import type { Store } from '../../artifacts/open.js';
import type { ModelsPort } from '../../models/model.js';
import { UserError } from '../../recipe/errors.js';
import type { SandboxPort } from '../../sandbox/sandbox.js';
import type { TrainerPort } from '../../trainer/trainer.js';
import { declaredNames, plainValue } from '../environment.js';
import { limitedSandbox } from './limited-sandbox.js';
import type { WorkOrder } from '../orders/order.js';
import { lazily, type Ports } from '../ports.js';
import type { Redactor } from './redactor.js';
import type { Scratch } from './scratch.js';
import { seedOf } from './seed.js';
import { StageInputs } from './stage-inputs.js';
import type { StageLog } from './stage-log.js';
import { stageBlobs, stageOutputs } from './stage-outputs.js';

/** Items worked on at once where the recipe does not say. */
const DEFAULT_CONCURRENCY = 4;

export interface ContextParts {
  readonly order: WorkOrder;
  readonly activity: Activity;
  readonly store: Store;
  readonly ports: Ports;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly log: StageLog;
  readonly redactor: Redactor;
  readonly scratch: Scratch;
  readonly progress: (done: number, total: number, note?: string) => void;
}

/** An activity's context, and the digests of the outputs that it has written so far. */
export interface OpenContext {
  readonly context: ActivityContext;
  readonly outputs: Map<string, { kind: string; digest: string }>;
  readonly redactor: Redactor;
  readonly scratch: Scratch;
}

export async function openContext(parts: ContextParts): Promise<OpenContext> {
  const { order, store, ports, environment, log, scratch } = parts;
  const hex = hexOf(order.key);
  const declared = declaredNames([order.document.with, order.inputs]);
  const outputs = new Map<string, { kind: string; digest: string }>();
  // The sandbox's adapter is a plain property, so the port itself has to be there; other queues make it only when they use it.
  const sandbox = parts.activity.queue === 'sandbox' ? await ports.sandbox() : lazySandbox(ports);
  const context: ActivityContext = {
    params: order.document.with,
    inputs: new StageInputs(order, store, environment, parts.signal, log),
    outputs: stageOutputs(parts, outputs),
    blobs: stageBlobs(parts),
    sandbox: limitedSandbox(sandbox, order.sandbox),
    models: lazily<ModelsPort>(['open'], () => ports.models()),
    trainer: lazyTrainer(ports),
    get directory() {
      return scratch.made();
    },
    cache: store.cache,
    name: hex.slice(0, 16),
    concurrency: order.items.concurrency ?? DEFAULT_CONCURRENCY,
    environment: (name) => {
      if (!declared.env.has(name) && !declared.secret.has(name)) {
        throw new UserError(
          'environment-undeclared',
          `Stage ${order.nodeId} asked for the environment variable ${name}, which its recipe does not declare. ` +
            `Declare it as { secret: ${name} } or { env: ${name} } in the stage's \`with\` or its model.`,
        );
      }
      return declared.secret.has(name) ? environment[name] : plainValue(environment, name, order.nodeId);
    },
    seed: (...given) => seedOf(order.document.with['seed'], given),
    progress: parts.progress,
    log: (level, message, fields) => log.write(level, message, fields),
    signal: parts.signal,
  };
  return { context, outputs, redactor: parts.redactor, scratch };
}

function lazySandbox(ports: Ports): SandboxPort {
  return {
    ...lazily<SandboxPort>(['describe', 'rootDigest', 'open'], () => ports.sandbox()),
    get adapter(): never {
      throw new Error('only activities of the queue `sandbox` know their sandbox adapter beforehand');
    },
  };
}

function lazyTrainer(ports: Ports): TrainerPort {
  return {
    ...lazily<TrainerPort>(['run'], () => ports.trainer()),
    async *stream(command, input, signal) {
      yield* (await ports.trainer()).stream(command, input, signal);
    },
  };
}
