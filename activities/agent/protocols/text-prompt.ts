import type { Instance } from '../../../schemas/records.js';

export const SYSTEM = `You mend a bug in a repository with the functions below. Write one call in each reply, like this, and nothing after it:

<function=NAME>
<parameter=KEY>VALUE</parameter>
</function>

execute_bash: runs a command in a fresh bash in the repository; parameters: command (required), timeout (seconds, default 60). There is no network and no terminal: commands that ask questions get no answer.
str_replace_editor: views and edits files; parameters: command (view, create, str_replace or insert), path (absolute), and for view: view_range ([first, last]); for create: file_text; for str_replace: old_str (must stand there exactly once), new_str; for insert: insert_line, new_str.
think: writes a thought down; parameter: thought.
finish: says that the work is done; parameter: message.`;

/** Says nothing of turn limits or budgets. */
export function task(instance: Instance): string {
  const statement = instance.problem_statement.trim();
  const focus = `The function in question is ${instance.focus.symbol} in ${instance.focus.file}.`;
  return `The repository is in /workspace. This is the report of a bug in it:

<issue>
${statement === '' ? focus : statement}
</issue>

Read the code, reproduce the problem, mend the source so that the report no longer holds, and check that the tests which passed still pass. Do not change tests. Call finish when you are done.`;
}
