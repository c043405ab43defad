import type { Tool } from '../step.js';

export const finish: Tool<unknown> = {
  name: 'finish',
  run: () => Promise.resolve({ text: '', finished: true }),
};
