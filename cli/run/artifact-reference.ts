import type { Store } from '../../artifacts/open.js';
import { UserError } from '../../recipe/errors.js';
import { listed } from '../../recipe/suggest.js';
import { findNode, viewRun } from './run-view.js';

/**
 * The digest behind `sha256:...`, or behind RUN and `stage.output`. A stage with one output needs no `.output`.
 * @throws UserError `unknown-artifact`
 */
export async function findArtifact(store: Store, reference: string, output?: string): Promise<string> {
  if (isDigest(reference)) return reference;
  if (output === undefined) {
    throw new UserError(
      'unknown-artifact',
      `'${reference}' is no digest (sha256:...). Give one, or a run and a stage's output: mortar artifacts ls ${reference}`,
    );
  }
  const view = await viewRun(store, reference);
  const { address, name } = split(output, (stage) =>
    view.plan.nodes.some(({ id, aliases }) => id === stage || aliases.includes(stage)),
  );
  const number = findNode(view, address);
  const outputs = view.nodes.get(number)?.outputs ?? {};
  const names = Object.keys(outputs);
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  const found = chosen === undefined ? undefined : outputs[chosen];
  if (found) return found.digest;
  const asked = name === undefined ? `${address} has several outputs or none` : `${address} has no output '${name}'`;
  throw new UserError('unknown-artifact', `In run ${view.record.id}, ${asked}. It has: ${listed(names)}.`);
}

/** Addresses have dots of their own (`demos.rollout.trajectories`), so the longest that is a stage wins. */
export function split(text: string, isStage: (address: string) => boolean): { address: string; name?: string } {
  if (isStage(text)) return { address: text };
  const dot = text.lastIndexOf('.');
  return dot > 0 ? { address: text.slice(0, dot), name: text.slice(dot + 1) } : { address: text };
}

export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
