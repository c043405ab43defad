import type { ActivityDeclaration, InputDeclaration } from '../declaration.js';
import type { DraftInput } from '../draft.js';
import type { Scope } from '../expressions/evaluate.js';
import { impliedSources } from './implied-sources.js';
import { isAbsent, readInput, resolveReference } from './inputs.js';
import type { Json } from '../json.js';
import { isObject, own } from '../merge.js';
import type { Group, StageEntry } from './planner.js';
import { directReferences } from '../expressions/reference.js';
import type { Reporter } from '../syntax/reporter.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** A command takes anything; a list may come to nothing. */
function ofCommand(raw: Json): InputDeclaration {
  return { kind: 'any', optional: Array.isArray(raw) };
}

export interface StageInputs {
  readonly sources: Record<string, readonly DraftInput[]>;
  readonly kinds: Record<string, string>;
}

/** `inputs:` of a stage, by what its activity takes. Undefined where something is wrong, which is reported. */
export function readInputs(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  scope: Scope,
): StageInputs | undefined {
  const { reporter } = group.planner.options;
  const { entry } = stage;
  const given = isObject(stage.raw.inputs) ? stage.raw.inputs : {};
  const inputs: StageInputs = { sources: {}, kinds: {} };
  // A misspelt input is told once: as misspelt, not as missing too.
  let misspelt: string[] | undefined;
  let failed = false;
  for (const name in given) {
    const raw = given[name] ?? null;
    const input = own(declaration.inputs, name) ?? (declaration.declaredByStage ? ofCommand(raw) : undefined);
    if (input === undefined) {
      const meant = suggest(name, Object.keys(declaration.inputs));
      if (meant !== undefined) (misspelt ??= []).push(meant);
      reportUnknown(name, meant, declaration, stage, reporter);
      failed = true;
      continue;
    }
    const value = directReferences(raw, scope) ?? resolveReference(raw, scope, reporter, entry.at('inputs', name));
    const resolved = readInput(value, name, input);
    for (const message of resolved.refused) reporter.error(entry.at('inputs', name), 'wrong-kind', message);
    failed ||= resolved.broken;
    if (resolved.sources.length > 0) {
      inputs.sources[name] = resolved.sources;
      inputs.kinds[name] = resolved.kinds[0] ?? 'any';
    } else if (isAbsent(resolved) && input.optional !== true) {
      failed = true;
      const why = resolved.pruned
        .map((pruned) => `stage \`${pruned.id}\` is pruned (line ${pruned.line}: ${pruned.reason})`)
        .join(', and ');
      reporter.error(
        entry.at('inputs', name),
        'pruned-input',
        `Stage \`${stage.id}\` needs \`${name}\`, but ${why || 'this is null'}. Prune this stage too, give an alternative with \`||\`, or change the condition.`,
      );
    }
  }
  for (const name in declaration.inputs) {
    const input = own(declaration.inputs, name);
    if (input === undefined || input.optional === true || Object.hasOwn(given, name) || misspelt?.includes(name))
      continue;
    // What it would be taken from is broken, and told.
    if (input.implied && failed) continue;
    const found = input.implied ? impliedSources(Object.values(inputs.sources).flat(), input) : [];
    if (found.length > 0) {
      inputs.sources[name] = found;
      inputs.kinds[name] = [input.kind].flat()[0] ?? 'any';
      continue;
    }
    failed = true;
    reporter.error(
      stage.raw.inputs === undefined ? entry.at('uses') : { ...entry.at('inputs'), key: true },
      'missing-input',
      `\`${declaration.name}\` needs the input \`${name}\` (${[input.kind].flat().join(' or ')}).`,
    );
  }
  return failed ? undefined : inputs;
}

function reportUnknown(
  name: string,
  meant: string | undefined,
  { name: activity, inputs, params }: ActivityDeclaration,
  { entry }: StageEntry,
  reporter: Reporter,
): void {
  const values = Object.keys((params.properties as object | undefined) ?? {});
  const hint = values.includes(name)
    ? '; it is a value: put it under `with`.'
    : didYouMean(meant) || `; it takes ${listed(Object.keys(inputs))}.`;
  reporter.error(
    { ...entry.at('inputs', name), key: true },
    'unknown-input',
    `\`${activity}\` has no input \`${name}\`${hint}`,
    meant,
  );
}
