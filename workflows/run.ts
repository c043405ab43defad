import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Failure, RunState } from '../artifacts/run-record.js';
import { Alarm } from './alarm.js';
import type { ControlActivities, StageToWaitFor } from './control.js';
import { DirectFlights } from './direct-flights.js';
import { readFailure } from './failure.js';
import { RunBook } from './run-book.js';
import { refused, type RunInput } from './run-input.js';
import { listen } from './run-updates.js';
import { stateAttributes } from './search-attributes.js';

/** From as many on the records of an ended run are put together. */
const MANY_NODES = 16;
/** Events after which a run that is under way goes on as a new execution. */
const LONG_HISTORY = 8_000;
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
  const book = new RunBook(input);
  const direct = new DirectFlights(runId, book);
  let recorded: RunState | undefined = book.settled ? input.memory?.settled : undefined;
  listen(book);

  const record = async (state: RunState, failure?: Failure): Promise<void> => {
    if (recorded === state) return;
    await (nearby ?? control).recordRun({ runId, state, failure });
    if (input.searchable) upsertSearchAttributes(stateAttributes(state, book.states.numbers('h').length));
    recorded = state;
  };
  const tellStore = async (): Promise<void> => {
    const nodes = book.news;
    book.news = [];
    if (nodes.length > 0) await control.recordNodes({ runId, plan: book.plan, nodes });
    for (let stage = book.leaving.shift(); stage; stage = book.leaving.shift())
      await control.unsubscribe({ runId, node: stage.as, key: stage.key, epoch: stage.epoch });
  };

  /** Moves to another plan, between two walks: no answer of a walk may speak of the numbers of the plan before. */
  const revise = async (): Promise<void> => {
    for (let revision = book.revisions.shift(); revision; revision = book.revisions.shift()) {
      book.renumber(await control.revise({ runId, plan: book.plan, next: revision.next }), revision.next);
      revision.done = true;
    }
  };

  const subscribe = async (stages: readonly StageToWaitFor[], batch?: string): Promise<void> => {
    if (stages.length === 0) return;
    // Never cut off in the middle: what may have subscribed must be able to unsubscribe.
    await CancellationScope.nonCancellable(async () => {
      if (nearby) {
        await nearby.subscribeAll({ runId, plan: book.plan, stages, ...(batch === undefined ? {} : { batch }) });
        return;
      }
      await Promise.all(
        stages.map(async ({ node, key, epoch }) => {
          if (book.flights.get(node)?.epoch === epoch) await control.subscribe({ runId, node, key, epoch });
        }),
      );
    });
  };

  /** What could not be done directly goes the way of all stages. */
  const subscribeDiverted = async (): Promise<void> => {
    const batches = new Map<string, StageToWaitFor[]>();
    for (const { epoch, batch, spent } of book.diverted.splice(0)) {
      const stage = book.flights.divert(epoch);
      if (stage) batches.set(batch, [...(batches.get(batch) ?? []), { ...stage, epoch, ...(spent ? { spent } : {}) }]);
    }
    for (const [batch, stages] of batches) await subscribe(stages, batch);
  };

  const isLong = (): boolean => workflowInfo().historyLength > LONG_HISTORY || workflowInfo().continueAsNewSuggested;
  /** Everything that can be done now: cache hits are passed, stages begun or subscribed to. */
  const advance = async (): Promise<void> => {
    let quick = nearby !== undefined;
    for (let more = true; more;) {
      const answer = await (quick && nearby ? nearby : control).advance({
        runId,
        plan: book.plan,
        states: book.states.toString(),
        ran: [...book.ran],
        approved: [...book.approved],
        ...(book.again.size > 0 ? { again: [...book.again] } : {}),
        room: input.window - book.flights.size,
        onFailure,
        rewinds: true,
        ...(quick ? { quick } : {}),
        // Before a run starts over nothing of its own may be in flight.
        ...(input.direct && !isLong() ? { direct: { inFlight: direct.inFlight } } : {}),
      });
      more = answer.more;
      // A long walk is an activity of its own: a workflow's task should not last.
      quick = false;
      for (const [node, state] of answer.changes) {
        // An Update may have decided otherwise while the walk was under way.
        if (book.states.get(node) === (state === '.' ? 'c' : '.')) book.states.set(node, state);
        // Held with a result: once approved, it is done by this run's own work.
        if (state === 'c' || state === 'd') book.ran.delete(node);
      }
      for (const batch of answer.direct ?? []) direct.start(batch, Date.now());
      const fresh = answer.ready
        .filter(({ node }) => book.states.get(node) === '.')
        .map(({ node, key }) => ({ node, key, epoch: book.flights.start(node, key, Date.now()).epoch }));
      for (const { node } of fresh) book.states.set(node, 'r');
      await subscribe(fresh);
    }
  };

  /** A stage that was terminated tells nobody. */
  const lookAfter = async (): Promise<void> => {
    const stages = book.flights.stages();
    for (const node of await control.describeStages({ stages })) {
      if (!stages.some((stage) => stage.node === node && stage.key === book.flights.get(node)?.key)) continue;
      book.flights.take(node);
      book.ran.add(node);
      book.states.set(node, '.');
      book.wake();
    }
  };

  /** The history is kept short, above all of a run that may be held for days and over deploys. */
  const startOver = async (held: boolean): Promise<void> => {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const due = held ? (patched('continue-on-hold') ? !book.settled : historyLength > 500) : isLong();
    if (!continueAsNewSuggested && !due) return;
    await condition(allHandlersFinished);
    // Never with an activity in flight: it would be lost.
    if (book.dirty || book.aborted || direct.inFlight > 0) return;
    await continueAsNew<typeof run>(book.toInput(held, recorded));
  };

  const abandon = async (): Promise<void> => {
    direct.cancel();
    book.leaveAll();
    await tellStore();
  };

  const firstWatch = input.watch ?? FIRST_WATCH;
  let watch = firstWatch;
  const alarm = new Alarm();
  try {
    for (;;) {
      while (book.dirty && !book.aborted) {
        book.dirty = false;
        await revise();
        await tellStore();
        await subscribeDiverted();
        await advance();
      }
      if (book.aborted) throw refused('aborted', 'the run was aborted');
      if (onFailure === 'fail' && book.states.has('f')) throw refused('stage-failed', 'a stage failed');
      if (book.flights.size === 0 && !book.states.has('.')) {
        if (!book.states.has('h')) break;
      } else if (book.flights.size === 0 && !book.states.has('h')) {
        throw refused('stuck', 'stages wait, but nothing runs and nothing is held');
      }
      const held = book.flights.size === 0;
      await record(held ? 'held' : 'running');
      await startOver(held);
      if (held) {
        await condition(() => book.dirty);
        continue;
      }
      const woken = nearby ? await alarm.hasNews(() => book.dirty, watch) : await condition(() => book.dirty, watch);
      if (woken) {
        watch = firstWatch;
        continue;
      }
      watch = Math.min(watch * 2, LONGEST_WATCH);
      await lookAfter();
    }
    book.ended = true;
    direct.cancel();
    await tellStore();
    await record('succeeded');
    if (nearby && book.states.toString().length >= MANY_NODES) {
      // A run that has come this far is neither failed nor cancelled over it.
      await CancellationScope.nonCancellable(() => nearby.compactRun({ runId })).catch(() => undefined);
    }
    await condition(allHandlersFinished);
    return 'succeeded';
  } catch (error) {
    if (isCancellation(error)) {
      book.ended = true;
      await CancellationScope.nonCancellable(async () => {
        await abandon();
        await record('cancelled');
      });
      throw error;
    }
    const failure = failureOfRun(error);
    if (failure) {
      book.ended = true;
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
