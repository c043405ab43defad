// A map of items that take no time: what the engine adds to each, what it needs, and what a killed worker loses.
import { readFileSync } from 'node:fs';
import { ItemSegments } from '../../dist/artifacts/item-segments.js';
import { stageWorkflowId } from '../../dist/engine/names.js';
import { House } from './house.mjs';
import { plan } from './plans.mjs';

/** @param kills times that the worker is killed, each at a random point */
export async function measure(n = '100000', kills = '0') {
  const house = await House.open();
  try {
    const traced = Number(kills) > 0;
    let worker = await house.worker();
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, memoryOf(worker.pid))), 100);
    const killing = traced ? killAll(house, Number(n), Number(kills), worker, (next) => (worker = next)) : undefined;
    const { run, took } = await house.run(plan([{ activity: 'bench/items', with: { n: Number(n), trace: traced } }]));
    const lines = house.trace();
    const losses = (await killing)?.map(({ at, keys }) => ({
      at,
      flushed: keys.size,
      again: lines.slice(at).filter((key) => keys.has(key)).length,
    }));
    clearInterval(watch);

    const [node] = (await house.client.runStatus(run)).nodes;
    const described = await house.describe(`run/${run}`, stageWorkflowId(house.client.store.id, node.key));
    const events = described.map(({ historyLength }) => historyLength);
    const objects = { items: 0, stages: 0, blobs: 0, others: 0 };
    for await (const { key } of house.client.store.objects.list('')) {
      const room = key.slice(0, key.indexOf('/'));
      objects[room in objects ? room : 'others'] += 1;
    }
    console.log(
      `  ${n} items: ${(took / 1000).toFixed(1)} s, ${(took / Number(n)).toFixed(3)} ms an item; good: ${node.scalars.good}`,
    );
    console.log(
      `  events: run ${events[0]}, stage ${events[1]}; peak memory of the worker ${(peak / 1024).toFixed(0)} MB`,
    );
    console.log(
      `  objects: ${Object.entries(objects)
        .map(([room, count]) => `${room} ${count}`)
        .join(', ')}`,
    );
    for (const { at, flushed, again } of losses ?? [])
      console.log(`  killed after ${at} items, ${flushed} of them in segments: ${again} of these were done again`);
    if (losses?.some(({ again }) => again > 0) || node.scalars.good !== Number(n)) process.exitCode = 1;
  } finally {
    await house.close();
  }
}

/** Kills the worker at random points, and says which items were in the store by then. */
async function killAll(house, n, kills, first, started) {
  let worker = first;
  const points = Array.from({ length: kills }, () => Math.floor((0.05 + 0.85 * Math.random()) * n)).sort(
    (a, b) => a - b,
  );
  const seen = [];
  for (const point of points) {
    await house.until(() => house.trace().length >= point, 600_000, 200);
    await house.kill(worker);
    const done = house.trace();
    seen.push({ at: done.length, keys: await flushedKeys(house) });
    started((worker = await house.worker()));
  }
  return seen;
}

async function flushedKeys(house) {
  const keys = new Set();
  for await (const mapKey of house.client.store.objects.folders('items/'))
    await new ItemSegments(house.client.store.objects, mapKey).read(
      () => keys,
      (into, { result }) => void into.add(result.key),
    );
  return keys;
}

/** Kilobytes of the process, at most so far. */
function memoryOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
