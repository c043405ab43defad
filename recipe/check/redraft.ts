import { canonicalJson } from '../canonical.js';
import { collapse } from '../matrix/collapse.js';
import type { Draft, DraftInput, DraftModel, NewDraft } from '../draft.js';
import type { Identities } from '../planning/identity.js';
import type { Reporter } from '../syntax/reporter.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** Copies of drafts, some of them changed; whoever reads a changed one reads its copy. */
function redraft(
  drafts: readonly Draft[],
  identities: Identities,
  change: (draft: Draft) => Partial<Draft> | undefined,
): Draft[] {
  const copies = new Map<Draft, Draft>();
  const copyOf = (draft: Draft): Draft => copies.get(draft) ?? draft;
  return drafts.map((draft) => {
    const changed = { ...draft, ...change(draft) };
    const copy: NewDraft = {
      ...changed,
      inputs: Object.fromEntries(
        Object.entries(changed.inputs).map(([name, sources]) => [name, sources.map((source) => input(source, copyOf))]),
      ),
      needs: changed.needs.map(copyOf),
    };
    copy.work = identities.numberOf(copy);
    copies.set(draft, copy);
    return copy;
  });
}

/**
 * Gives the named stages, and no others, what a second plan says of them; they go on reading what they read before, and what reads
 * them is split from its likes with them. Reports a change that the stage does not notice or that reads a stage there is not.
 */
function takeOver(
  drafts: readonly Draft[],
  second: readonly Draft[],
  named: ReadonlySet<Draft>,
  stage: string,
  identities: Identities,
  reporter: Reporter,
): Draft[] {
  const placeOf = ({ cell, id }: Draft): string => `${cell} ${id}`;
  const present = new Map(drafts.map((draft) => [placeOf(draft), draft]));
  const others = new Map(second.map((draft) => [placeOf(draft), draft]));
  let noticed = false;
  const result = redraft(drafts, identities, (draft) => {
    if (!named.has(draft)) return undefined;
    const other = others.get(placeOf(draft));
    if (!other) {
      reporter.error(
        { ...draft.entry.place, key: true },
        'set-prunes-stage',
        `With these values there is no stage \`${stage}\` any more.`,
      );
      return undefined;
    }
    const missing = (from: Draft): Draft => {
      reporter.error(
        { ...other.entry.place, key: true },
        'set-reads-new-stage',
        `With these values \`${stage}\` reads \`${from.id}\`, which this run does not have. Leave the stage out: the values are then for the whole recipe.`,
      );
      return from;
    };
    const inputs = Object.fromEntries(
      Object.entries(other.inputs).map(([name, sources]) => [
        name,
        sources.map((source) => input(source, (from) => present.get(placeOf(from)) ?? missing(from))),
      ]),
    );
    const { declaration, with: given, policy, expect, approve, needs } = other;
    const changed = { declaration, with: given, policy, expect, approve, inputs };
    noticed ||= canonicalJson(facts(draft)) !== canonicalJson(facts({ ...draft, ...changed }));
    return { ...changed, needs: needs.map((need) => present.get(placeOf(need)) ?? missing(need)) };
  });
  const [first] = named;
  if (first && !noticed && !reporter.failed)
    reporter.error(
      { ...first.entry.place, key: true },
      'set-changes-nothing',
      `These values change nothing in \`${stage}\` itself. Leave the stage out: they are then for the whole recipe.`,
    );
  return result;
}

/** What a run asks for beside its recipe: values for one stage, and work that is to be done once more. */
export interface StageRequests {
  readonly fresh?: { readonly stages: readonly string[]; readonly nonce: string };
  readonly only?: readonly { readonly stage: string; readonly set: readonly string[] }[];
}

/** @param plan all drafts once more, with further values */
export function applyRequest(
  drafts: readonly Draft[],
  { fresh, only = [] }: StageRequests,
  cells: ReadonlyMap<string, Readonly<Record<string, string>>>,
  plan: (set: readonly string[]) => readonly Draft[],
  identities: Identities,
  reporter: Reporter,
): readonly Draft[] {
  if (!fresh && only.length === 0) return drafts;
  let current = drafts;
  const named = (name: string): Set<Draft> => {
    const called = collapse(current, cells).addresses;
    const addresses = new Map(current.map((draft, at) => [draft, called[at] ?? draft.id]));
    const found = draftsNamed(addresses, name);
    if (found.size === 0) reportUnknown(addresses, name, reporter);
    return found;
  };
  for (const name of fresh?.stages ?? []) {
    const chosen = named(name);
    current = redraft(current, identities, (draft) => (chosen.has(draft) ? { nonce: fresh?.nonce } : undefined));
  }
  for (const { stage, set } of only) {
    const chosen = named(stage);
    if (chosen.size > 0) current = takeOver(current, plan(set), chosen, stage, identities, reporter);
  }
  return current;
}

/** Drafts at an address; where there is none, all instances of a stage of that name. */
function draftsNamed(addresses: ReadonlyMap<Draft, string>, name: string): Set<Draft> {
  const matching = (matches: (draft: Draft, address: string) => boolean): Set<Draft> =>
    new Set([...addresses].filter(([draft, address]) => matches(draft, address)).map(([draft]) => draft));
  const exact = matching((draft, address) => address === name || draft.id === name);
  return exact.size > 0 ? exact : matching((draft) => draft.id.replace(/\[[^\]]*\]/g, '') === name);
}

/** Reports a name from the command line that no stage has. */
function reportUnknown(addresses: ReadonlyMap<Draft, string>, name: string, reporter: Reporter): void {
  const [any] = addresses.keys();
  if (!any) return;
  const names = [...new Set(addresses.values())];
  const meant = suggest(name, names);
  reporter.error(
    { ...any.entry.place, path: ['stages'], key: true },
    'unknown-stage',
    `There is no stage \`${name}\`${didYouMean(meant) || `; there are ${listed(names, 40)}.`}`,
    meant,
  );
}

/** What a stage is asked to do, its upstream stages by name. */
function facts({ declaration, with: given, policy, expect, approve, inputs }: Draft): unknown {
  const named = (source: DraftInput): unknown => {
    if (source.from === 'node') return { ...source, draft: source.draft.id };
    if (source.from === 'model' && source.model.kind === 'weights')
      return { ...source.model, draft: source.model.draft.id };
    return source;
  };
  const sources = Object.entries(inputs).map(([name, list]) => [name, list.map(named)]);
  return {
    activity: [declaration.name, declaration.version, declaration.code ?? null],
    given,
    policy,
    expect: expect ?? null,
    approve,
    inputs: sources,
  };
}

function input(source: DraftInput, copyOf: (draft: Draft) => Draft): DraftInput {
  switch (source.from) {
    case 'node':
      return { ...source, draft: copyOf(source.draft) };
    case 'file':
      return source;
    case 'model':
      return { ...source, model: model(source.model, copyOf) };
  }
}

function model(given: DraftModel, copyOf: (draft: Draft) => Draft): DraftModel {
  return given.kind === 'weights' ? { ...given, draft: copyOf(given.draft) } : given;
}
