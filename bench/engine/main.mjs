// What the engine adds to the work itself, measured on real services. Absolute times are this machine's; read the ratios.
const measurements = {
  stages: () => import('./stages.mjs'),
  cached: () => import('./cached.mjs'),
  map: () => import('./map.mjs'),
  peers: () => import('./peers.mjs'),
};

/** @param given names of measurements, each with options behind ':', such as `map:100000`; none: all but the largest */
export async function main(given) {
  const chosen = given.length > 0 ? given : ['stages', 'cached', 'map:100000', 'peers'];
  for (const entry of chosen) {
    const [name, ...options] = entry.split(':');
    const load = measurements[name];
    if (!load) {
      console.error(`There is no measurement ${name}. There are: ${Object.keys(measurements).join(', ')}.`);
      process.exitCode = 2;
      return;
    }
    console.log(`\n${entry}`);
    await (await load()).measure(...options);
  }
}
