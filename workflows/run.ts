import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Failure, RunState } from '../artifacts/run-records.js';
import type { ControlActivities, Revise } from './control.js';
import { readFailure } from './failure.js';
import { Flights, type Flight } from './flights.js';
import { MEMORY_VERSION } from './memory-version.js';
import { NodeStates } from './node-states.js';
import { stateAttributes } from './search-attributes.js';
import {
  abortUpdate,
  approveUpdate,
  refused,
  retryUpdate,
  reviseUpdate,
  skipUpdate,
  stageEndedSignal,
  type RunInput,
} from './run-input.js';

/** From as many on the records of an ended run are put together. */
const MANY_NODES = 16;
const FIRST_WATCH = 60_000;
const LONGEST_WATCH = 30 * 60_000;

/** Walks a plan. Holds node numbers and states; keys, digests and reasons are in the store. */
export async function run(input: RunInput): Promise<RunState> {
  const { runId, onFailure } = input;
  const control = proxyActivities<ControlActivities>({
    taskQueue: 'mortar',
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
  });
  /** Short steps are done where the workflow's task is, without a trip over the server. */
  const nearby = patched('nearby')
    ? proxyLocalActivities<ControlActivities>({
        startToCloseTimeout: '2 minutes',
        cancellationType: 'TRY_CANCEL',
        retry: { initialInterval: '500ms', maximumInterval: '30s' },
      })
    : undefined;
  const memory = input.memory?.version === MEMORY_VERSION ? input.memory : undefined;
  let { plan } = input;
  let states = memory ? new NodeStates(memory.states) : NodeStates.waiting(input.nodes);
  let approved = new Set(memory?.approved);
  let ran = new Set(memory?.ran);
  let again = new Map(memory?.again);
  const flights = new Flights(memory?.inFlight);
  /** Facts that the store has to hear of. */
  let news: { node: number; state: 'h' | 'f' | 'S'; failure?: Failure }[] = [];
  const leaving: Flight[] = [];
  const revisions: { readonly next: Revise; done: boolean }[] = [];
  let recorded: RunState | undefined = memory?.settled;
  let settled = recorded !== undefined;
  let dirty = !settled;
  let aborted = false;
  let ended = false;

  const wake = (): void => {
    dirty = true;
    settled = false;
  };
  const leaveStage = (node: number): void => {
    const flight = flights.take(node);
    if (flight) leaving.push(flight);
  };
  const requireOpen = (node: number): void => {
    if ('cdSs'.includes(states.get(node) ?? 'd')) throw refused('already-ended', 'it has already ended');
  };

  setHandler(stageEndedSignal, ({ epoch, outcome }) => {
    const node = flights.land(epoch);
    if (node === undefined) return;
    wake();
    switch (outcome.kind) {
      case 'committed':
        ran.add(node);
        states.set(node, '.');
        return;
      case 'failed':
      case 'cancelled': {
        if (outcome.kind === 'failed' && outcome.weaker) {
          states.set(node, '.');
          return;
        }
        const state = onFailure === 'hold' ? 'h' : 'f';
        states.set(node, state);
        news.push({ node, state, failure: outcome.kind === 'failed' ? outcome.failure : cancelledOutside });
        return;
      }
    }
  });
  setHandler(
    retryUpdate,
    (nodes, options) => {
      const chosen = nodes.length > 0 ? nodes : states.numbers('h', 'f');
      states.retry(chosen);
      for (const node of chosen) {
        ran.delete(node);
        if (options?.items === 'all') again.set(node, new Date().toISOString());
      }
      wake();
      return chosen;
    },
    {
      validator: (nodes: number[], _options: { items?: 'all' } | undefined) => {
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
      leaveStage(node);
      states.set(node, 'S');
      news.push({ node, state: 'S' });
      wake();
    },
    { validator: requireOpen },
  );
  setHandler(
    approveUpdate,
    (node) => {
      approved.add(node);
      if (states.get(node) === 'h') states.set(node, '.');
      wake();
    },
    { validator: requireOpen },
  );
  setHandler(abortUpdate, () => {
    aborted = true;
    wake();
  });
  setHandler(reviseUpdate, async (next) => {
    const revision = { next, done: false };
    revisions.push(revision);
    wake();
    await condition(() => revision.done || ended);
    if (!revision.done) throw refused('run-ended', 'the run ended before it got its new plan');
  });

  const record = async (state: RunState, failure?: Failure): Promise<void> => {
    if (recorded === state) return;
    await (nearby ?? control).recordRun({ runId, state, failure });
    if (input.searchable) upsertSearchAttributes(stateAttributes(state, states.numbers('h').length));
    recorded = state;
  };
  const tellStore = async (): Promise<void> => {
    const nodes = news;
    news = [];
    if (nodes.length > 0) await control.recordNodes({ runId, plan, nodes });
    for (let stage = leaving.shift(); stage; stage = leaving.shift())
      await control.unsubscribe({ runId, node: stage.as, key: stage.key, epoch: stage.epoch });
  };

  /** Moves to another plan, between two walks: no answer of a walk may speak of the numbers of the plan before. */
  const revise = async (): Promise<void> => {
    for (let revision = revisions.shift(); revision; revision = revisions.shift()) {
      const { next } = revision;
      const from = await control.revise({ runId, plan, next });
      const nodesOf = new Map<number, number[]>();
      from.forEach((before, node) => nodesOf.set(before, [...(nodesOf.get(before) ?? []), node]));
      const moved = (numbers: Iterable<number>): number[] => [...numbers].flatMap((node) => nodesOf.get(node) ?? []);
      states = states.renumbered(from);
      leaving.push(...flights.renumber(from));
      // Where two nodes take over one that runs, the second subscribes itself.
      for (const node of states.numbers('r')) if (!flights.get(node)) states.set(node, '.');
      approved = new Set(moved(approved));
      ran = new Set(moved(ran));
      again = new Map([...again].flatMap(([node, since]) => moved([node]).map((now) => [now, since])));
      news = news.flatMap((entry) => moved([entry.node]).map((node) => ({ ...entry, node })));
      const retried = next.retry.length > 0 ? next.retry : states.numbers('h', 'f');
      states.retry(retried);
      plan = next.plan;
      revision.done = true;
    }
  };

  /** Everything that can be done now: cache hits are passed, stages subscribed to. */
  const advance = async (): Promise<void> => {
    let quick = nearby !== undefined;
    for (let more = true; more;) {
      const answer = await (quick && nearby ? nearby : control).advance({
        runId,
        plan,
        states: states.toString(),
        ran: [...ran],
        approved: [...approved],
        ...(again.size > 0 ? { again: [...again] } : {}),
        room: input.window - flights.size,
        onFailure,
        ...(quick ? { quick } : {}),
      });
      more = answer.more;
      // A long walk is an activity of its own: a workflow's task should not last.
      quick = false;
      for (const [node, state] of answer.changes) {
        // An Update may have decided otherwise while the walk was under way.
        if (states.get(node) === '.') states.set(node, state);
        // Held with a result: once approved, it is done by this run's own work.
        if (state === 'c' || state === 'd') ran.delete(node);
      }
      const fresh = answer.ready
        .filter(({ node }) => states.get(node) === '.')
        .map(({ node, key }) => ({ node, ...flights.start(node, key, Date.now()) }));
      for (const { node } of fresh) states.set(node, 'r');
      // Never cut off in the middle: what may have subscribed must be able to unsubscribe.
      await CancellationScope.nonCancellable(async () => {
        if (nearby) {
          const stages = fresh.map(({ node, key, epoch }) => ({ node, key, epoch }));
          if (stages.length > 0) await nearby.subscribeAll({ runId, plan, stages });
          return;
        }
        await Promise.all(
          fresh.map(async ({ node, key, epoch }) => {
            if (flights.get(node)?.epoch === epoch) await control.subscribe({ runId, node, key, epoch });
          }),
        );
      });
    }
  };

  /** A stage that was terminated tells nobody. */
  const lookAfter = async (): Promise<void> => {
    const stages = flights.stages();
    for (const node of await control.describeStages({ stages })) {
      if (!stages.some((stage) => stage.node === node && stage.key === flights.get(node)?.key)) continue;
      flights.take(node);
      ran.add(node);
      states.set(node, '.');
      wake();
    }
  };

  /** The history is kept short, above all of a run that may be held for days and over deploys. */
  const startOver = async (held: boolean): Promise<void> => {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const due = held ? (patched('continue-on-hold') ? !settled : historyLength > 500) : historyLength > 8_000;
    if (!continueAsNewSuggested && !due) return;
    await condition(allHandlersFinished);
    // Never with an activity in flight: it would be lost.
    if (dirty || aborted) return;
    await continueAsNew<typeof run>({
      ...input,
      plan,
      nodes: states.toString().length,
      memory: {
        version: MEMORY_VERSION,
        states: states.toString(),
        approved: [...approved],
        ran: [...ran],
        inFlight: flights.toMemory(),
        ...(again.size > 0 ? { again: [...again] } : {}),
        ...(held ? { settled: recorded } : {}),
      },
    });
  };

  const abandon = async (): Promise<void> => {
    leaving.push(...flights.takeAll());
    await tellStore();
  };

  const firstWatch = input.watch ?? FIRST_WATCH;
  let watch = firstWatch;
  let alarm: Alarm | undefined;
  /** False: there was no news for as long as `watch`. One timer lasts over many pieces of news: each timer is a write of the server. */
  const hasNews = async (): Promise<boolean> => {
    for (const end = Date.now() + watch; ;) {
      const left = end - Date.now();
      if (left <= 0) return false;
      if (!alarm || alarm.rings || alarm.at > end) alarm = setAlarm(left);
      const present = alarm;
      await condition(() => dirty || present.rings);
      if (dirty) return true;
    }
  };
  try {
    for (;;) {
      while (dirty && !aborted) {
        dirty = false;
        await revise();
        await tellStore();
        await advance();
      }
      if (aborted) throw refused('aborted', 'the run was aborted');
      if (onFailure === 'fail' && states.has('f')) throw refused('stage-failed', 'a stage failed');
      if (flights.size === 0 && !states.has('.')) {
        if (!states.has('h')) break;
      } else if (flights.size === 0 && !states.has('h')) {
        throw refused('stuck', 'stages wait, but nothing runs and nothing is held');
      }
      const held = flights.size === 0;
      await record(held ? 'held' : 'running');
      await startOver(held);
      if (held) {
        await condition(() => dirty);
        continue;
      }
      const woken = nearby ? await hasNews() : await condition(() => dirty, watch);
      if (woken) {
        watch = firstWatch;
        continue;
      }
      watch = Math.min(watch * 2, LONGEST_WATCH);
      await lookAfter();
    }
    ended = true;
    await tellStore();
    await record('succeeded');
    if (nearby && states.toString().length >= MANY_NODES) {
      // A run that has come this far is neither failed nor cancelled over it.
      await CancellationScope.nonCancellable(() => nearby.compactRun({ runId })).catch(() => undefined);
    }
    await condition(allHandlersFinished);
    return 'succeeded';
  } catch (error) {
    if (isCancellation(error)) {
      ended = true;
      await CancellationScope.nonCancellable(async () => {
        await abandon();
        await record('cancelled');
      });
      throw error;
    }
    const failure = failureOfRun(error);
    if (failure) {
      ended = true;
      await CancellationScope.nonCancellable(async () => {
        await abandon();
        await record('failed', failure);
      });
    }
    throw error;
  }
}

const cancelledOutside: Failure = {
  class: 'infrastructure',
  code: 'stage-cancelled',
  message: 'The stage was cancelled outside this run.',
};

interface Alarm {
  readonly at: number;
  rings: boolean;
}

function setAlarm(after: number): Alarm {
  const alarm = { at: Date.now() + after, rings: false };
  // It goes with the run; a cancelled run no longer waits for it.
  sleep(after).then(
    () => (alarm.rings = true),
    () => undefined,
  );
  return alarm;
}

/** Undefined for a bug in this workflow: its task fails, and is tried again by a mended worker. */
function failureOfRun(error: unknown): Failure | undefined {
  if (error instanceof ActivityFailure) return readFailure(error).failure;
  if (!(error instanceof ApplicationFailure) || error.type !== 'Run') return undefined;
  const detail = error.details?.[0] as { code: string } | undefined;
  return { class: 'user', code: detail?.code ?? 'failed', message: error.message };
}
