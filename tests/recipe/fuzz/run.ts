import fc from 'fast-check';
import { checkProfiles } from '../../../recipe/index.js';
import { corpus } from './corpus.js';
import { withDeadline } from './deadline.js';
import { brokenInvariants } from './invariants.js';
import { mutations, requestOf } from './mutation.js';

/**
 * Checks so many mutated recipes. FUZZ_SEED, FUZZ_RUNS and FUZZ_PATH (of a failure, as it is printed) replay.
 * @throws Error with the text of the smallest recipe that breaks an invariant
 */
export function fuzz(runs: number, seed: number): void {
  const all = corpus();
  // What a whole recipe takes, twice over so that the engine is warm: a mutated one gets a few hundred times as long.
  const slowest = Math.max(...all.map(({ text, request }) => seconds(() => checkProfiles({ ...request, text }))));
  const deadline = 1000 * slowest * 200;
  const { env } = process;
  const parameters = {
    numRuns: Number(env['FUZZ_RUNS'] ?? runs),
    seed: Number(env['FUZZ_SEED'] ?? seed),
    ...(env['FUZZ_PATH'] === undefined ? {} : { path: env['FUZZ_PATH'] }),
  };
  fc.assert(
    fc.property(mutations, (mutation) => {
      const request = requestOf(all, mutation);
      let broken: string[];
      try {
        const result = withDeadline(deadline, () => brokenInvariants(request));
        broken = result === 'too slow' ? ['it does not end'] : result;
      } catch (error) {
        broken = [`it throws: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
      }
      if (broken.length > 0) throw new Error(`${broken.slice(0, 5).join('\n')}\n${asked(request)}`);
    }),
    parameters,
  );
}

function asked({ text, ...request }: { readonly text: string }): string {
  const shown = text.length > 4000 ? `${text.slice(0, 4000)}\n... ${text.length} characters` : text;
  return `--- ${JSON.stringify({ ...request, activities: undefined })}\n${shown}\n---`;
}

function seconds(action: () => unknown): number {
  action();
  const started = performance.now();
  action();
  return (performance.now() - started) / 1000;
}
