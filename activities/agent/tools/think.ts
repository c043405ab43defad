import type { Tool } from '../step.js';

/** The thought stays in the conversation: that is its use. */
export const think: Tool<unknown> = {
  name: 'think',
  run: () => Promise.resolve({ text: 'Noted.' }),
};
