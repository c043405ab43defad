import type { RepositoryBench } from '../repository-bench.js';
import type { Observation, Tool } from '../step.js';

const NO_MATCH: Observation = { text: 'error: no match', error: 'invocation' };
const NO_LINE: Observation = { text: 'error: no line', error: 'invocation' };

export const sed: Tool<RepositoryBench> = {
  name: 'sed',
  async run(call, bench) {
    const visible = await bench.visible();
    const target = visible[Number(call.arguments['line']) - 1];
    if (target === undefined) return NO_LINE;
    const old = call.arguments['old'] ?? '';
    if (old === '') return NO_MATCH;
    const replacement = call.arguments['new'] ?? '';
    const outcome = await bench.replace(target.line, old, replacement);
    if (outcome.ok) return { text: 'ok', edited: true };
    switch (outcome.error) {
      case 'no_match':
        return NO_MATCH;
      case 'no_file':
      case 'no_line':
        return NO_LINE;
    }
  },
};
