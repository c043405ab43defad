import type { Instance } from '../../../schemas/records.js';
import type { Call, ParsedReply, Protocol } from '../step.js';
import { SYSTEM, task } from './text-prompt.js';

/** Calls as `<function=NAME><parameter=K>V</parameter></function>` in the text: for models with no native tool calls. */
export const text: Protocol = {
  name: 'text',
  singleTurn: false,
  stop: ['</function'],
  opening: (instance: Instance) => [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: task(instance) },
  ],
  parse: parseText,
  format: formatText,
  unknownTool: (tool) =>
    `ERROR: there is no function '${tool}'. There are execute_bash, str_replace_editor, think and finish.`,
};

/** A reply that stopped at the stop word has no closing tag: that is no error. */
export function parseText(reply: string): ParsedReply {
  const starts = [...reply.matchAll(/<function=([\w.-]+)>/g)];
  const start = starts[0];
  if (start === undefined) {
    return {
      ok: false,
      observation: 'ERROR: no function call found. Write exactly one <function=NAME>...</function> in each reply.',
    };
  }
  if (starts.length > 1) {
    return { ok: false, observation: `ERROR: ${starts.length} function calls found, one is allowed. Nothing was run.` };
  }
  const body = reply.slice(start.index + start[0].length).replace(/<\/function>?[\s\S]*$/, '');
  // Not an object yet: a model may well name a parameter `__proto__`.
  const values = new Map<string, string>();
  let rest = body;
  for (;;) {
    const open = /<parameter=([\w.-]+)>/.exec(rest);
    if (open?.[1] === undefined) break;
    const from = open.index + open[0].length;
    const to = rest.indexOf('</parameter>', from);
    if (to < 0)
      return { ok: false, observation: `ERROR: parameter '${open[1]}' has no </parameter>. Nothing was run.` };
    values.set(open[1], unwrap(rest.slice(from, to)));
    rest = rest.slice(to + '</parameter>'.length);
  }
  return { ok: true, call: { tool: start[1] ?? '', arguments: Object.fromEntries(values) } };
}

export function formatText(call: Call): string {
  const parameters = Object.entries(call.arguments).map(([name, value]) => {
    // A value that begins or ends with a line end would lose it to the pair of line ends that a reader takes off.
    const wrapped = value.includes('\n') ? `\n${value}\n` : value;
    return `<parameter=${name}>${wrapped}</parameter>\n`;
  });
  return `<function=${call.tool}>\n${parameters.join('')}</function>`;
}

function unwrap(value: string): string {
  return value.length >= 2 && value.startsWith('\n') && value.endsWith('\n') ? value.slice(1, -1) : value;
}
