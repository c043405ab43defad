// Overhead of a whole stage: resolve, single flight, activity, commit, notify; beside bare activities on the same server.
import { withBare } from './bare.mjs';
import { House } from './house.mjs';
import { chain, median, quantile, steps, wide } from './plans.mjs';

/** @param activity `bench/plain`: stages that have a workflow each */
export async function measure(length = '60', width = '200', rounds = '3', activity = 'bench/nothing') {
  const house = await House.open();
  try {
    await house.worker();
    await house.run(chain(5, 'warm', activity));
    await withBare(house.environment.TEMPORAL_ADDRESS, async (bare) => {
      await bare('bareChain', 10);
      const found = { chain: [], bareChain: [], wide: [], bareWide: [] };
      const used = { chain: [], wide: [] };
      for (let round = 0; round < Number(rounds); round += 1) {
        found.bareChain.push(...steps(await bare('bareChain', Number(length))));
        house.forget();
        used.chain.push(
          await processorTime(house, length, () => house.run(chain(Number(length), `chain ${round}`, activity))),
        );
        found.chain.push(...steps(house.trace().map(Number)));
        const begun = performance.now();
        await bare('bareFanOut', Number(width));
        found.bareWide.push((performance.now() - begun) / Number(width));
        used.wide.push(
          await processorTime(house, width, async () => {
            found.wide.push((await house.run(wide(Number(width), `wide ${round}`, activity))).took / Number(width));
          }),
        );
      }
      const [stage, bareStage] = [median(found.chain), median(found.bareChain)];
      console.log(
        `  chain of ${length}: ${ms(stage)} a stage (p90 ${ms(quantile(found.chain, 0.9))}), bare activity ${ms(bareStage)}: ${(stage / bareStage).toFixed(1)} times`,
      );
      const [ready, bareReady] = [median(found.wide), median(found.bareWide)];
      console.log(
        `  ${width} ready at once: ${ms(ready)} a stage, bare activity ${ms(bareReady)}: ${(ready / bareReady).toFixed(1)} times`,
      );
      for (const [shape, times] of Object.entries(used))
        console.log(
          `  processor time a stage, ${shape}: ${Object.keys(times[0])
            .map((of) => `${of} ${ms(median(times.map((time) => time[of])))}`)
            .join(', ')}`,
        );
    });
  } finally {
    await house.close();
  }
}

async function processorTime(house, stages, work) {
  const before = house.processorTime();
  await work();
  const after = house.processorTime();
  return Object.fromEntries(
    Object.entries(after).map(([of, value]) => [of, (1000 * (value - before[of])) / Number(stages)]),
  );
}

const ms = (value) => `${value.toFixed(1)} ms`;
