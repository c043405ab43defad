import type { Activity } from '../../activities/activity.js';
import { keyDocument, keyModel, keyOf, type KeyInput } from '../../recipe/key.js';
import { digestOf } from '../../recipe/canonical.js';
import type { PlanInput, PlanNode } from '../../recipe/plan.js';
import type { OrderInput, WorkOrder } from './order.js';

/** What a node that stands before another one gave. */
export type Upstream =
  | {
      readonly state: 'finished';
      readonly outputs: Readonly<Record<string, { readonly kind: string; readonly digest: string }>>;
    }
  | { readonly state: 'skipped' };

/** A node whose needs have ended: the work to do, or that it is skipped with what it needs. */
export type Resolution =
  { readonly skipped: true } | { readonly skipped: false; readonly order: Omit<WorkOrder, 'runId' | 'node'> };

/**
 * Puts digests in the place of references. A source that was skipped drops out of an optional input, and its absence is then part of
 * the key; in an input that is not optional it takes the node with it.
 */
export function resolveNode(
  node: PlanNode,
  activity: Activity,
  upstream: (node: number) => Upstream,
  environment: string | null,
): Resolution {
  const inputs: Record<string, OrderInput[]> = {};
  for (const [name, sources] of Object.entries(node.inputs)) {
    const given: OrderInput[] = [];
    for (const source of sources) {
      const resolved = resolveInput(source, upstream);
      if (resolved) given.push(resolved);
      else if (!activity.inputs[name]?.optional) return { skipped: true };
    }
    if (given.length > 0 || sources.length === 0) inputs[name] = given;
  }
  const document = keyDocument({
    activity: node.activity,
    version: node.version,
    code: node.code,
    with: node.with,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, given.map(keyInput)])),
    environment,
    nonce: node.nonce,
  });
  return {
    skipped: false,
    order: {
      mortar: 1,
      key: keyOf(document),
      document,
      nodeId: node.id,
      inputs,
      queue: node.queue,
      retry: node.retry,
      timeout: node.timeout,
      items: node.items,
      sandbox: node.sandbox,
    },
  };
}

/** Numbers of the nodes that have to end before this one. */
export function needsOf(node: PlanNode): number[] {
  return [...new Set([...node.needs, ...readsOf(node).map(([need]) => need)])];
}

/** Which output of which node a node reads. */
export function readsOf(node: PlanNode): [node: number, output: string][] {
  const reads: [number, string][] = [];
  for (const sources of Object.values(node.inputs))
    for (const source of sources) {
      if (source.from === 'node') reads.push([source.node, source.output]);
      else if (source.from === 'model' && source.model.kind === 'weights')
        reads.push([source.model.node, source.model.output]);
    }
  return reads;
}

/**
 * The key without what only says which items there are: inputs whose records become items, and extent params. Adding items or samples
 * leaves it as it is, so those that are done are not done again.
 */
export function mapKeyOf(document: WorkOrder['document'], activity: Activity): string {
  const without = (names: readonly string[] | undefined) => (entry: readonly [string, unknown]) =>
    !names?.includes(entry[0]);
  return digestOf({
    map: 1,
    ...document,
    with: Object.fromEntries(Object.entries(document.with).filter(without(activity.extent))),
    inputs: Object.fromEntries(Object.entries(document.inputs).filter(without(activity.itemInputs))),
  });
}

function resolveInput(source: PlanInput, upstream: (node: number) => Upstream): OrderInput | undefined {
  switch (source.from) {
    case 'file':
      return source;
    case 'node': {
      const output = outputOf(source.node, source.output, upstream);
      return output && { from: 'artifact', key: source.key, ...output };
    }
    case 'model': {
      const { model } = source;
      if (model.kind !== 'weights') return { from: 'model', model };
      const output = outputOf(model.node, model.output, upstream);
      return output && { from: 'model', model: { kind: 'weights', digest: output.digest, serve: model.serve } };
    }
  }
}

function outputOf(
  node: number,
  name: string,
  upstream: (node: number) => Upstream,
): { kind: string; digest: string } | undefined {
  const above = upstream(node);
  if (above.state === 'skipped') return undefined;
  const output = above.outputs[name];
  if (!output)
    throw new Error(`node ${node} has no output ${name}; it has ${Object.keys(above.outputs).join(', ') || 'none'}`);
  return { kind: output.kind, digest: output.digest };
}

function keyInput(input: OrderInput): KeyInput {
  switch (input.from) {
    case 'artifact':
      return { digest: input.digest, key: input.key };
    case 'file':
      return { digest: input.digest };
    case 'model':
      return { model: keyModel(input.model) };
  }
}
