import type { Protocol } from '../step.js';
import { formatTerse, parseTerse } from './terse.js';

/** Code in, one edit out: the single turn that pre-training teaches, so that a base model is measured in a form it knows. */
export const plain: Protocol = {
  name: 'plain',
  singleTurn: true,
  opening: (instance, code) => [{ role: 'user', content: `fix ${instance.focus.symbol}\n${code ?? ''}` }],
  parse(reply) {
    const parsed = parseTerse(reply);
    return parsed.ok && parsed.call.tool !== 'sed' ? { ok: false, observation: 'error: unknown tool' } : parsed;
  },
  format: formatTerse,
  unknownTool: () => 'error: unknown tool',
};
