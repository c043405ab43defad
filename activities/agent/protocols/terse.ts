import type { Call, ParsedReply, Protocol } from '../step.js';

const UNKNOWN = 'error: unknown tool';

/** A few tokens a call, for models whose context is a few hundred tokens (docs/architecture.md). */
export const terse: Protocol = {
  name: 'terse',
  singleTurn: false,
  opening: (instance) => [{ role: 'user', content: `fix ${instance.focus.symbol}` }],
  parse: parseTerse,
  format: formatTerse,
  unknownTool: () => UNKNOWN,
};

export function parseTerse(reply: string): ParsedReply {
  const word = reply.trimEnd();
  if (/^[a-z_]+$/.test(word) && word !== 'sed') return { ok: true, call: { tool: word, arguments: {} } };
  const lines = reply.split('\n');
  const line = /^sed (\d{1,6})$/.exec(lines[0] ?? '')?.[1];
  const old = lines[1];
  // An empty NEW leaves a bare line end, which some servers strip. A text of more lines is no edit of one line.
  if (line === undefined || old === undefined || lines.length > 3) return { ok: false, observation: UNKNOWN };
  return { ok: true, call: { tool: 'sed', arguments: { line, old, new: lines[2] ?? '' } } };
}

/** OLD and NEW are raw text without line ends. */
export function formatTerse(call: Call): string {
  if (call.tool !== 'sed') return call.tool;
  return `sed ${call.arguments['line'] ?? ''}\n${call.arguments['old'] ?? ''}\n${call.arguments['new'] ?? ''}`;
}
