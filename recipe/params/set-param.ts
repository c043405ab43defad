import { parse as parseYaml } from 'yaml';
import type { Json } from '../json.js';
import type { Recipe } from '../load/load.js';
import { nested } from '../merge.js';
import type { Param } from './param.js';
import { applyLayer } from './param-layers.js';
import type { Reporter } from '../syntax/reporter.js';
import { looksSecret } from '../load/secrets.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** The param that an assignment is for. */
export function paramOf(assignment: string): string {
  const path = assignment.slice(0, Math.max(assignment.indexOf('='), 0));
  return path.trim().split('.')[0] ?? '';
}

/** `a.b=value`; the value is YAML: `1e-4` is a number, `null` null, `[1, 2]` a list. */
export function setParam(params: Map<string, Param>, assignment: string, recipe: Recipe, reporter: Reporter): void {
  const leaf = recipe.chain[recipe.chain.length - 1];
  if (leaf === undefined) return;
  const top: Place = { source: leaf.source, path: ['name'] };
  const at = assignment.indexOf('=');
  const path = assignment.slice(0, Math.max(at, 0)).trim().split('.');
  if (at < 1 || path.includes('')) {
    reporter.error(
      top,
      'invalid-set',
      `--set \`${assignment}\`: write PARAM=VALUE, such as --set sft.learning_rate=1e-4.`,
    );
    return;
  }
  const name = path[0] ?? '';
  if (!params.has(name)) {
    const meant = suggest(name, params.keys());
    reporter.error(
      top,
      'unknown-param',
      `--set \`${assignment}\`: there is no param \`${name}\`${didYouMean(meant) || `; there are ${listed(params.keys(), 40)}.`}`,
    );
    return;
  }
  let value: Json;
  try {
    value = parseYaml(assignment.slice(at + 1), { version: '1.2', schema: 'core' }) as Json;
  } catch {
    reporter.error(top, 'invalid-set', `--set \`${assignment}\`: the value is not valid YAML; quote it.`);
    return;
  }
  if (looksSecret(assignment.slice(at + 1))) {
    reporter.error(
      top,
      'literal-secret',
      `--set \`${name}\`: the value holds a credential, which would be written into the plan and the store. Put it into the environment of the worker, and name it: { secret: NAME }.`,
    );
    return;
  }
  // A path on the command line is relative to where the command runs, not to the recipe.
  applyLayer(
    params,
    { from: '--set', file: '', values: { [name]: nested(path.slice(1), value ?? null) }, place: undefined },
    reporter,
  );
}
