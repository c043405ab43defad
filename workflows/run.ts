import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Failure, OnFailure, RunState } from '../artifacts/run-records.js';
import type { ControlActivities, StageEnd } from './control.js';
import { readFailure } from './failure.js';
import { NodeStates } from './node-states.js';

/** Schema of what a run hands to its continuation. */
const MEMORY_VERSION = 1;
const FIRST_WATCH = 60_000;
const LONGEST_WATCH = 30 * 60_000;

export interface RunInput {
  readonly runId: string;
  /** Digest of the plan's blob. */
  readonly plan: string;
  readonly nodes: number;
  readonly onFailure: OnFailure;
  /** Stages in flight at most. */
  readonly window: number;
  readonly memory?: RunMemory;
}

export interface RunMemory {
  readonly version: number;
  readonly states: string;
  readonly approved: readonly number[];
  readonly ran: readonly number[];
  readonly inFlight: readonly (readonly [node: number, key: string, epoch: number])[];
}

export const stageEndedSignal = defineSignal<[StageEnd]>('stageEnded');
/** Nodes to try again; none: all that are held or failed. Gives their numbers. */
export const retryUpdate = defineUpdate<number[], [number[]]>('retry');
export const skipUpdate = defineUpdate<void, [number]>('skip');
export const approveUpdate = defineUpdate<void, [number]>('approve');
export const abortUpdate = defineUpdate<void, []>('abort');

interface InFlight {
  readonly key: string;
  readonly epoch: number;
}

/** Walks a plan. Holds node numbers and states; keys, digests and reasons are in the store. */
export async function run(input: RunInput): Promise<RunState> {
  const { runId, plan, onFailure } = input;
  const control = proxyActivities<ControlActivities>({
    taskQueue: 'mortar',
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
  });
  const memory = input.memory?.version === MEMORY_VERSION ? input.memory : undefined;
  const states = memory ? new NodeStates(memory.states) : NodeStates.waiting(input.nodes);
  const approved = new Set(memory?.approved);
  const ran = new Set(memory?.ran);
  const inFlight = new Map<number, InFlight>(memory?.inFlight.map(([node, key, epoch]) => [node, { key, epoch }]));
  /** Facts that the store has to hear of. */
  let news: { node: number; state: 'h' | 'f' | 'S'; failure?: Failure }[] = [];
  const leaving: { node: number; key: string; epoch: number }[] = [];
  let dirty = true;
  let aborted = false;
  let recorded: RunState | undefined;
  let lastEpoch = 0;

  setHandler(stageEndedSignal, ({ node, epoch, outcome }) => {
    if (inFlight.get(node)?.epoch !== epoch) return;
    inFlight.delete(node);
    dirty = true;
    switch (outcome.kind) {
      case 'committed':
        ran.add(node);
        states.set(node, '.');
        return;
      case 'failed':
      case 'cancelled': {
        const state = onFailure === 'hold' ? 'h' : 'f';
        states.set(node, state);
        const failure =
          outcome.kind === 'failed'
            ? outcome.failure
            : ({
                class: 'infrastructure',
                code: 'stage-cancelled',
                message: 'The stage was cancelled outside this run.',
              } as const);
        news.push({ node, state, failure });
        return;
      }
    }
  });
  setHandler(
    retryUpdate,
    (nodes) => {
      const chosen = nodes.length > 0 ? nodes : states.numbers('h', 'f');
      states.retry(chosen);
      for (const node of chosen) ran.delete(node);
      dirty = true;
      return chosen;
    },
    {
      validator: (nodes: number[]) => {
        for (const node of nodes) {
          if (!'hfS'.includes(states.get(node) ?? '.')) throw refused('not-held', 'it is neither held nor failed');
        }
        if (nodes.length === 0 && states.numbers('h', 'f').length === 0)
          throw refused('not-held', 'no stage is held or failed');
      },
    },
  );
  setHandler(
    skipUpdate,
    (node) => {
      const flight = inFlight.get(node);
      if (flight) leaving.push({ node, ...flight });
      inFlight.delete(node);
      states.set(node, 'S');
      news.push({ node, state: 'S' });
      dirty = true;
    },
    {
      validator: (node: number) => {
        if ('cdSs'.includes(states.get(node) ?? 'd')) throw refused('already-ended', 'it has already ended');
      },
    },
  );
  setHandler(
    approveUpdate,
    (node) => {
      approved.add(node);
      if (states.get(node) === 'h') states.set(node, '.');
      dirty = true;
    },
    {
      validator: (node: number) => {
        if ('cdSs'.includes(states.get(node) ?? 'd')) throw refused('already-ended', 'it has already ended');
      },
    },
  );
  setHandler(abortUpdate, () => {
    aborted = true;
    dirty = true;
  });

  const record = async (state: RunState, failure?: Failure): Promise<void> => {
    if (recorded === state) return;
    await control.recordRun({ runId, state, failure });
    recorded = state;
  };
  const leave = async (): Promise<void> => {
    for (let stage = leaving.shift(); stage; stage = leaving.shift()) await control.unsubscribe({ runId, ...stage });
  };
  const tellStore = async (): Promise<void> => {
    const nodes = news;
    news = [];
    if (nodes.length > 0) await control.recordNodes({ runId, plan, nodes });
    await leave();
  };

  /** Everything that can be done now: cache hits are passed, stages subscribed to. */
  const advance = async (): Promise<void> => {
    for (let more = true; more;) {
      const answer = await control.advance({
        runId,
        plan,
        states: states.toString(),
        ran: [...ran],
        approved: [...approved],
        room: input.window - inFlight.size,
        onFailure,
      });
      more = answer.more;
      for (const [node, state] of answer.changes) {
        // An Update may have decided otherwise while the walk was under way.
        if (states.get(node) === '.') states.set(node, state);
        // Held with a result: once approved, it is done by this run's own work.
        if (state === 'c' || state === 'd') ran.delete(node);
      }
      const fresh = answer.ready.filter(({ node }) => states.get(node) === '.');
      for (const { node, key } of fresh) {
        lastEpoch = Math.max(lastEpoch + 1, Date.now());
        inFlight.set(node, { key, epoch: lastEpoch });
        states.set(node, 'r');
      }
      // Never cut off in the middle: what may have subscribed must be able to unsubscribe.
      await CancellationScope.nonCancellable(() =>
        Promise.all(
          fresh.map(async ({ node, key }) => {
            const flight = inFlight.get(node);
            if (flight) await control.subscribe({ runId, node, key, epoch: flight.epoch });
          }),
        ),
      );
    }
  };

  const abandon = async (): Promise<void> => {
    for (const [node, flight] of inFlight) leaving.push({ node, ...flight });
    inFlight.clear();
    await tellStore();
  };

  let watch = FIRST_WATCH;
  try {
    for (;;) {
      while (dirty && !aborted) {
        dirty = false;
        await tellStore();
        await advance();
      }
      if (aborted) throw refused('aborted', 'the run was aborted');
      if (onFailure === 'fail' && states.has('f')) throw refused('stage-failed', 'a stage failed');
      if (inFlight.size === 0 && !states.has('.')) {
        if (!states.has('h')) break;
      } else if (inFlight.size === 0 && !states.has('h')) {
        throw refused('stuck', 'stages wait, but nothing runs and nothing is held');
      }
      const held = inFlight.size === 0;
      await record(held ? 'held' : 'running');
      // The history is kept short, above all of a run that may be held for days. Never with an activity in flight: it would be lost.
      const { historyLength, continueAsNewSuggested } = workflowInfo();
      if (continueAsNewSuggested || historyLength > (held ? 500 : 8_000)) {
        await condition(allHandlersFinished);
        if (!dirty && !aborted) {
          await continueAsNew<typeof run>({
            ...input,
            memory: {
              version: MEMORY_VERSION,
              states: states.toString(),
              approved: [...approved],
              ran: [...ran],
              inFlight: [...inFlight].map(([node, { key, epoch }]) => [node, key, epoch]),
            },
          });
        }
      }
      if (held) {
        await condition(() => dirty);
        continue;
      }
      const woken = await condition(() => dirty, watch);
      if (woken) {
        watch = FIRST_WATCH;
        continue;
      }
      watch = Math.min(watch * 2, LONGEST_WATCH);
      // A stage that was terminated tells nobody.
      const stages = [...inFlight].map(([node, { key }]) => ({ node, key }));
      for (const node of await control.describeStages({ stages })) {
        const flight = inFlight.get(node);
        if (!flight || !stages.some((stage) => stage.node === node && stage.key === flight.key)) continue;
        inFlight.delete(node);
        ran.add(node);
        states.set(node, '.');
        dirty = true;
      }
    }
    await tellStore();
    await record('succeeded');
    await condition(allHandlersFinished);
    return 'succeeded';
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(async () => {
        await abandon();
        await record('cancelled');
      });
      throw error;
    }
    const failure = failureOfRun(error);
    if (failure) {
      await CancellationScope.nonCancellable(async () => {
        await abandon();
        await record('failed', failure);
      });
    }
    throw error;
  }
}

/** Undefined for a bug in this workflow: its task fails, and is tried again by a mended worker. */
function failureOfRun(error: unknown): Failure | undefined {
  if (error instanceof ActivityFailure) return readFailure(error).failure;
  if (!(error instanceof ApplicationFailure) || error.type !== 'Run') return undefined;
  const detail = error.details?.[0] as { code: string } | undefined;
  return { class: 'user', code: detail?.code ?? 'failed', message: error.message };
}

function refused(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'Run', message, nonRetryable: true, details: [{ code }] });
}
