import type { Random } from '../random.js';
import type { Instance } from '../../schemas/records.js';
import { goldEdit, type Edit } from './gold-edit.js';
import type { VisibleLine } from './numbered-code.js';
import { misremembered, plausibleEdits } from './plausible-edits.js';
import type { Call, Policy, Protocol } from './step.js';

/** How often the teacher errs, each a share of its rollouts. Our choice, not a measurement: reports say so. */
export interface Mistakes {
  /** A `sed` whose OLD does not stand on the line, then the right one. */
  readonly no_match: number;
  /** A `sed` on a line beside the right one, then the right one. */
  readonly wrong_line: number;
  /** A plausible wrong edit, then `test`; where that fails, it is undone and mended. Where it passes, the teacher believes it. */
  readonly wrong_edit_then_test_then_fix: number;
  /** A tool that does not exist. */
  readonly unknown_tool: number;
  /** Finishes with no edit. */
  readonly give_up: number;
  /** Finishes on a plausible wrong edit, untested. */
  readonly finish_wrong: number;
  /** Not a mistake: runs `test` after the right edit. */
  readonly test: number;
}

export const DEFAULT_MISTAKES: Mistakes = {
  no_match: 0.25,
  wrong_line: 0.1,
  wrong_edit_then_test_then_fix: 0.25,
  unknown_tool: 0.03,
  give_up: 0.05,
  finish_wrong: 0.05,
  test: 0.5,
};

export interface Lesson {
  readonly instance: Instance;
  readonly visible: readonly VisibleLine[];
  readonly random: Random;
  readonly mistakes: Mistakes;
}

const VIEW: Call = { tool: 'view', arguments: {} };
const TEST: Call = { tool: 'test', arguments: {} };
const FINISH: Call = { tool: 'finish', arguments: {} };
const UNKNOWN_TOOLS = ['open', 'grep', 'run', 'edit'] as const;

/** The teacher `explore-then-edit`: it knows the fix, and shows how the tools are used, errors and their repair included. */
export function scriptedTeacher(lesson: Lesson, protocol: Protocol): Policy {
  const script = protocol.singleTurn ? editAtOnce(lesson) : exploreThenEdit(lesson);
  return {
    reply(messages, turn) {
      const next = script.next(turn === 0 ? '' : (messages.at(-1)?.content ?? ''));
      const call = next.done === true ? FINISH : next.value;
      return Promise.resolve({ content: protocol.format(call), finish: 'stop' as const, tokens: 0, logprob: null });
    },
  };
}

function* editAtOnce(lesson: Lesson): Generator<Call, void, string> {
  const gold = goldEdit(lesson.instance, lesson.visible);
  yield gold === null ? FINISH : sedCall(gold);
}

/** Yields calls, is sent observations. */
function* exploreThenEdit(lesson: Lesson): Generator<Call, void, string> {
  const { random, mistakes, visible } = lesson;
  const happens = (share: number): boolean => random.next() < share;
  const gold = goldEdit(lesson.instance, visible);
  yield VIEW;
  if (gold === null || happens(mistakes.give_up)) return void (yield FINISH);
  if (happens(mistakes.unknown_tool)) {
    yield { tool: UNKNOWN_TOOLS[random.below(UNKNOWN_TOOLS.length)] ?? 'open', arguments: {} };
  }
  const plausible = plausibleEdits(visible, gold);
  const wrong = plausible[random.below(plausible.length)];
  if (wrong !== undefined && happens(mistakes.finish_wrong)) {
    yield sedCall(wrong);
    return void (yield FINISH);
  }
  if (wrong !== undefined && happens(mistakes.wrong_edit_then_test_then_fix)) {
    const edited = yield sedCall(wrong);
    if (edited === 'ok') {
      const tested = yield TEST;
      // Nothing speaks against the edit: to undo it here would teach to distrust tests that pass.
      if (/^\d+ passed$/.test(tested)) return void (yield FINISH);
      yield sedCall({ number: wrong.number, old: wrong.new, new: wrong.old });
    }
  }
  const text = visible.find(({ number }) => number === gold.number)?.text ?? '';
  const beside = neighbour(visible, gold, random);
  if (beside !== null && happens(mistakes.wrong_line)) yield sedCall({ ...gold, number: beside });
  if (happens(mistakes.no_match)) yield sedCall({ ...gold, old: misremembered(text, gold.old) });
  yield sedCall(gold);
  if (happens(mistakes.test)) yield TEST;
  yield FINISH;
}

/** A line near the right one on which the edit does not apply. */
function neighbour(visible: readonly VisibleLine[], gold: Edit, random: Random): number | null {
  const near = [-2, -1, 1, 2]
    .map((step) => gold.number + step)
    .filter((number) => number >= 1 && !(visible[number - 1]?.text.includes(gold.old) ?? false));
  return near[random.below(near.length)] ?? null;
}

function sedCall(edit: Edit): Call {
  return { tool: 'sed', arguments: { line: String(edit.number), old: edit.old, new: edit.new } };
}
