import { numberedCode } from '../numbered-code.js';
import type { RepositoryBench } from '../repository-bench.js';
import type { Tool } from '../step.js';

export const view: Tool<RepositoryBench> = {
  name: 'view',
  async run(_call, bench) {
    return { text: numberedCode(await bench.visible()) };
  },
};
