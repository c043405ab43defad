// A plan of which everything is in the cache: what the engine takes to find that out.
import { openStore } from '../../dist/artifacts/open.js';
import { resolveNode } from '../../dist/engine/orders/resolve.js';
import { activities } from './activities.mjs';
import { House } from './house.mjs';
import { plan } from './plans.mjs';

export async function measure(stages = '10000', depth = '100') {
  const house = await House.open();
  try {
    const grid = chains(Number(stages), Number(depth));
    await fill(house, grid);
    await house.worker();
    await house.run(plan([{ with: { tag: 'warm' } }]));
    for (const what of ['nothing known of it', 'known from the run before', 'known, once more']) {
      const { run, took } = await house.run(grid);
      const [{ historyLength: events, startTime, closeTime }] = await ended(house, `run/${run}`);
      // Without the client's part: it puts the plan into the store.
      const seconds = (closeTime - startTime) / 1000;
      const { nodes } = await house.client.runStatus(run);
      const cached = nodes.filter(({ state }) => state === 'cached').length;
      console.log(
        `  ${stages} cached stages, ${what}: ${(took / 1000).toFixed(2)} s, of them ${seconds.toFixed(2)} s in the engine, ${events} events, ${cached} cached`,
      );
    }
  } finally {
    await house.close();
  }
}

const chains = (stages, depth) =>
  plan(
    Array.from({ length: stages }, (_, number) => ({
      with: { number },
      inputs: number % depth === 0 ? {} : { before: [{ from: 'node', node: number - 1, output: 'record', key: '' }] },
    })),
  );

/** Puts the results of all stages into the store as a worker does, without the hours that it would take to run them. */
async function fill(house, grid) {
  const store = await openStore({ environment: house.environment });
  const [nothing] = activities;
  const outputs = new Map();
  const depth = grid.nodes.findIndex((node, number) => number > 0 && !node.inputs.before);
  const one = async (number) => {
    const upstream = (node) => ({ state: 'finished', outputs: outputs.get(node) });
    const { order } = resolveNode(grid.nodes[number], nothing, upstream, null);
    const digest = await store.artifacts.writeRecords('records', [{ number }]);
    outputs.set(number, { record: { kind: 'records', digest } });
    await store.stages.writeKey(order.key, order.document);
    await store.stages.commit({ key: order.key, outputs: outputs.get(number), scalars: {}, provenance: {} });
  };
  const starts = [...grid.nodes.keys()].filter((number) => number % depth === 0).values();
  const worker = async () => {
    for (const start of starts) for (let number = start; number < start + depth; number += 1) await one(number);
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  store.close();
}

/** The run's record says so a moment before its workflow has ended. */
async function ended(house, workflowId) {
  let described;
  await house.until(async () => {
    described = await house.describe(workflowId);
    return described[0].closeTime !== undefined;
  });
  return described;
}
