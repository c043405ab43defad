import type { Instance, Trajectory } from '../../schemas/records.js';
import { parsePatch } from '../agent/patch.js';

/** SWE-Lego's five, in the order in which they are tried: the first that applies is the trajectory's failure class. */
export interface FailureClass {
  readonly name: string;
  applies(trajectory: Trajectory, instance: Instance): boolean;
}

export const FAILURE_CLASSES: readonly FailureClass[] = [
  {
    /** It was stopped: by the turn limit, or by the context, which is the same limit in tokens. */
    name: 'ran out of max turns',
    applies: ({ exit }) => exit === 'max_turns' || exit === 'context',
  },
  {
    /** It had a shell and saw no failing run before its first edit. Without a shell nothing could be reproduced: does not apply. */
    name: 'failed to reproduce',
    applies: ({ messages }) => {
      if (!messages.some(({ tool }) => tool === 'execute_bash' || tool === 'bash')) return false;
      const edit = messages.findIndex(({ role, tool, content }) => role === 'assistant' && isEdit(tool, content));
      const before = edit < 0 ? messages : messages.slice(0, edit);
      return !before.some(({ role, error }) => role === 'user' && (error === 'nonzero' || error === 'traceback'));
    },
  },
  {
    /** It never saw the code: no `view` that answered, and in the text protocol no mention of any of gold's files. */
    name: 'localization error (read)',
    applies: ({ messages }, instance) => {
      if (messages.some(({ role, tool, error }) => role === 'user' && tool === 'view' && error === undefined))
        return false;
      // The plain form shows the code in the task.
      if (messages[0]?.content.includes('\n1|') === true) return false;
      const files = parsePatch(instance.patch).map(({ file }) => file);
      return !messages.slice(1).some(({ content }) => files.some((file) => content.includes(file)));
    },
  },
  {
    /** Its patch misses a file of gold's, or, where the fix is one line, that line (one line of slack). */
    name: 'localization error (write)',
    applies: ({ patch }, instance) => {
      const made = parsePatch(patch);
      return !parsePatch(instance.patch).every((gold) =>
        made.some(
          ({ file, lines }) =>
            file === gold.file &&
            (gold.lines.length !== 1 || lines.some((line) => Math.abs(line - (gold.lines[0] ?? 0)) <= 1)),
        ),
      );
    },
  },
  { name: 'incorrect implementation', applies: () => true },
];

export function failureClass(trajectory: Trajectory, instance: Instance): string {
  return FAILURE_CLASSES.find((one) => one.applies(trajectory, instance))?.name ?? 'incorrect implementation';
}

function isEdit(tool: string | undefined, content: string): boolean {
  return tool === 'sed' || ((tool === 'editor' || tool === 'str_replace_editor') && !content.includes('>view<'));
}
