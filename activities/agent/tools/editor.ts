import type { ShellBench } from '../shell-bench.js';
import type { Call, Observation, Tool } from '../step.js';
import { truncate } from '../truncate.js';

export const editor: Tool<ShellBench> = {
  name: 'str_replace_editor',
  async run(call, bench) {
    const path = call.arguments['path'] ?? '';
    if (!path.startsWith('/'))
      return wrong(`parameter 'path' is '${path}', but must be absolute, such as /workspace/x.py.`);
    const observation = await edit(call, path, bench);
    return observation.error === undefined && (await bench.changed()) ? { ...observation, edited: true } : observation;
  },
};

async function edit(call: Call, path: string, bench: ShellBench): Promise<Observation> {
  const { command, file_text: fileText, old_str: old, new_str: replacement } = call.arguments;
  switch (command) {
    case 'view':
      return view(path, call.arguments['view_range'], bench);
    case 'create':
      if (fileText === undefined) return wrong("parameter 'file_text' is missing.");
      await bench.shell.write(path, fileText.endsWith('\n') ? fileText : `${fileText}\n`);
      return { text: `${path} is written.` };
    case 'str_replace': {
      const text = await bench.shell.read(path);
      if (text === null) return wrong(`there is no file ${path}.`);
      if (old === undefined || old === '') return wrong("parameter 'old_str' is missing.");
      const count = text.split(old).length - 1;
      if (count !== 1) return wrong(`old_str stands ${count} times in ${path}; it must stand there once.`);
      const at = text.indexOf(old);
      const changed = text.slice(0, at) + (replacement ?? '') + text.slice(at + old.length);
      await bench.shell.write(path, changed);
      const line = text.slice(0, at).split('\n').length;
      return {
        text: `${path} is edited:\n${numbered(changed, line - 3, line + (replacement ?? '').split('\n').length + 2)}`,
      };
    }
    case 'insert': {
      const text = await bench.shell.read(path);
      if (text === null) return wrong(`there is no file ${path}.`);
      const lines = text.split('\n');
      const after = Number(call.arguments['insert_line']);
      if (!Number.isInteger(after) || after < 0 || after > lines.length)
        return wrong(`'insert_line' must be 0 to ${lines.length}.`);
      if (replacement === undefined) return wrong("parameter 'new_str' is missing.");
      const added = replacement.split('\n');
      const changed = [...lines.slice(0, after), ...added, ...lines.slice(after)].join('\n');
      await bench.shell.write(path, changed);
      return { text: `${path} is edited:\n${numbered(changed, after - 2, after + added.length + 3)}` };
    }
    default:
      return wrong(`parameter 'command' is '${command ?? ''}'; there are view, create, str_replace and insert.`);
  }
}

async function view(path: string, range: string | undefined, bench: ShellBench): Promise<Observation> {
  const text = await bench.shell.read(path);
  if (text === null) {
    const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
    const listed = await bench.shell.run(
      `test -d ${quoted} && find ${quoted} -maxdepth 2 -not -path '*/.*' | sort`,
      20_000,
    );
    return listed.exitCode === 0
      ? { text: truncate(listed.stdout.trimEnd()) }
      : wrong(`there is no file or folder ${path}.`);
  }
  const count = text.split('\n').length;
  if (range === undefined) return { text: truncate(numbered(text, 1, count)) };
  const [first, last] = (range.match(/-?\d+/g) ?? []).map(Number);
  if (first === undefined || last === undefined || first < 1 || first > count) {
    return wrong(
      `'view_range' is '${range}', but must be [first, last] within 1 to ${count}; last may be -1 for the end.`,
    );
  }
  return { text: truncate(numbered(text, first, last === -1 ? count : last)) };
}

function numbered(text: string, first: number, last: number): string {
  const from = Math.max(1, first);
  return text
    .split('\n')
    .slice(from - 1, last)
    .map((line, index) => `${String(from + index).padStart(6)}\t${line}`)
    .join('\n');
}

function wrong(message: string): Observation {
  return { text: `ERROR: ${message}`, error: 'invocation' };
}
