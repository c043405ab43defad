export function plan(nodes) {
  return {
    mortar: 1,
    name: 'bench',
    profile: null,
    recipe: `sha256:${'0'.repeat(64)}`,
    params: {},
    origins: {},
    pruned: [],
    nodes: nodes.map((node, number) => ({
      id: `node${number}`,
      aliases: [],
      activity: 'bench/nothing',
      version: 1,
      inputs: {},
      with: {},
      needs: [],
      queue: 'cpu',
      retry: { attempts: 1, backoff: 10 },
      items: {},
      sandbox: {},
      approve: false,
      line: number + 1,
      ...node,
    })),
  };
}

/** Each stage reads what the one before wrote. */
export const chain = (length, tag, activity = 'bench/nothing') =>
  plan(
    Array.from({ length }, (_, number) => ({
      activity,
      with: { number, tag },
      inputs: number === 0 ? {} : { before: [{ from: 'node', node: number - 1, output: 'record', key: '' }] },
    })),
  );

/** All ready at once. */
export const wide = (width, tag, activity = 'bench/nothing') =>
  plan(Array.from({ length: width }, (_, number) => ({ activity, with: { number, tag } })));

export const median = (values) => quantile(values, 0.5);

export function quantile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const steps = (times) => times.slice(1).map((time, index) => time - times[index]);
