import type { ActivityDeclaration, InputDeclaration } from './declaration.js';
import type { DraftInput } from './draft.js';
import type { Scope } from './evaluate.js';
import { impliedSources } from './implied-sources.js';
import { isAbsent, readInput, resolveReference } from './inputs.js';
import type { Json } from './json.js';
import { isObject, own } from './merge.js';
import type { Group, StageEntry } from './planner.js';
import type { Place } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';

/** A command takes anything; a list may come to nothing. */
function ofCommand(raw: Json): InputDeclaration {
  return { kind: 'any', optional: Array.isArray(raw) };
}

/** `inputs:` of a stage, by what its activity takes. Undefined where something is wrong, which is reported. */
export function readInputs(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): { sources: Record<string, readonly DraftInput[]>; kinds: Record<string, string> } | undefined {
  const { reporter } = group.planner.options;
  const given = isObject(stage.raw.inputs) ? stage.raw.inputs : {};
  const sources: Record<string, readonly DraftInput[]> = {};
  const kinds: Record<string, string> = {};
  // A misspelt input is told once: as misspelt, not as missing too.
  const misspelt = new Set<string>();
  let failed = false;
  for (const [name, raw] of Object.entries(given)) {
    const input = own(declaration.inputs, name) ?? (declaration.declaredByStage ? ofCommand(raw) : undefined);
    if (input === undefined) {
      const meant = suggest(name, Object.keys(declaration.inputs));
      if (meant !== undefined) misspelt.add(meant);
      const properties = Object.keys((declaration.params.properties as object | undefined) ?? {});
      const hint = properties.includes(name)
        ? '; it is a value: put it under `with`.'
        : didYouMean(meant) || `; it takes ${listed(Object.keys(declaration.inputs))}.`;
      reporter.error(
        { ...at('inputs', name), key: true },
        'unknown-input',
        `\`${declaration.name}\` has no input \`${name}\`${hint}`,
        meant,
      );
      failed = true;
      continue;
    }
    const place = at('inputs', name);
    const value = resolveReference(raw, scope, reporter, place);
    const resolved = readInput(value, name, input, reporter, place);
    failed ||= resolved.broken;
    if (resolved.sources.length > 0) {
      sources[name] = resolved.sources;
      kinds[name] = resolved.kinds[0] ?? 'any';
    } else if (isAbsent(resolved) && input.optional !== true) {
      failed = true;
      const why = resolved.pruned
        .map((pruned) => `stage \`${pruned.id}\` is pruned (line ${pruned.line}: ${pruned.reason})`)
        .join(', and ');
      reporter.error(
        place,
        'pruned-input',
        `Stage \`${stage.id}\` needs \`${name}\`, but ${why || 'this is null'}. Prune this stage too, give an alternative with \`||\`, or change the condition.`,
      );
    }
  }
  for (const [name, input] of Object.entries(declaration.inputs)) {
    if (input.optional === true || Object.hasOwn(given, name) || misspelt.has(name)) continue;
    // What it would be taken from is broken, and told.
    if (input.implied && failed) continue;
    const found = input.implied ? impliedSources(Object.values(sources).flat(), input) : [];
    if (found.length > 0) {
      sources[name] = found;
      kinds[name] = [input.kind].flat()[0] ?? 'any';
      continue;
    }
    failed = true;
    reporter.error(
      stage.raw.inputs === undefined ? at('uses') : { ...at('inputs'), key: true },
      'missing-input',
      `\`${declaration.name}\` needs the input \`${name}\` (${[input.kind].flat().join(' or ')}).`,
    );
  }
  return failed ? undefined : { sources, kinds };
}
