import type { Store } from '../../artifacts/open.js';
import { type Difference, explainKeys } from '../../recipe/explain/explain.js';
import { changedInputs, digestIn, type InputChange, type KnownSource } from '../../recipe/explain/input-changes.js';
import type { Json } from '../../recipe/json.js';
import type { KeyDocument } from '../../recipe/key.js';
import type { PlanInput } from '../../recipe/plan.js';
import type { PastRun } from './past-runs.js';
import { nameOfSource } from './source-names.js';

/** Why the key of a stage is another one than before. */
export interface Cause {
  readonly stage: string;
  /** Fields of its own that differ: values, version, environment. */
  readonly own: readonly Difference[];
  readonly inputs: readonly InputCause[];
  /** The keys are the same, and the results are not: it was done again, and is not deterministic. */
  readonly otherResult?: true;
}

export interface InputCause {
  readonly input: string;
  /** What it read: `split.train`, a file, a model. Absent: it had none. */
  readonly before?: { readonly name: string; readonly digest?: string };
  readonly after?: { readonly name: string; readonly digest?: string };
  /** Why the stage that it comes from gave something else. Absent: it comes from no stage, or from another one than before. */
  readonly because?: Cause;
  /** Its stage is explained elsewhere in this answer. */
  readonly above?: string;
}

/** A change from which others follow. */
export interface Root {
  readonly stage: string;
  /** `with.train.steps`, `inputs.file`, `result`. */
  readonly field: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** Compares two runs stage by stage, as deep as it takes, each pair once. */
export class KeyCauses {
  readonly #told = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly before: PastRun,
    private readonly after: PastRun,
  ) {}

  /** Undefined where a key document is gone or a node has no key. */
  async between(old: number, now: number): Promise<Cause | undefined> {
    this.#told.add(`${old} ${now}`);
    const found = await this.shallow(old, now);
    if (found === undefined) return undefined;
    const { stage, own, changes } = found;
    const inputs: InputCause[] = [];
    for (const change of changes) {
      const side = ({ name, given }: KnownSource): { name: string; digest?: string } => {
        const digest = digestIn(given);
        return { name, ...(digest === undefined ? {} : { digest }) };
      };
      inputs.push({
        input: change.input,
        ...(change.before ? { before: side(change.before) } : {}),
        ...(change.after ? { after: side(change.after) } : {}),
        ...(await this.#because(change.before?.source, change.after?.source)),
      });
    }
    return { stage, own, inputs };
  }

  /** The same without a look at the stages before it. */
  async shallow(
    old: number,
    now: number,
  ): Promise<{ stage: string; own: readonly Difference[]; changes: readonly InputChange[] } | undefined> {
    const [past, present] = await Promise.all([this.before.node(old), this.after.node(now)]);
    const stage = (await this.after.plan())?.nodes[now]?.id ?? String(now);
    if (!past?.key || !present?.key) return undefined;
    if (past.key === present.key) return { stage, own: [], changes: [] };
    const [before, after] = await Promise.all([
      this.store.stages.keyDocument(past.key),
      this.store.stages.keyDocument(present.key),
    ]);
    if (!before || !after) return undefined;
    const own = explainKeys(before, after).filter(({ field }) => !field.startsWith('inputs.'));
    const changes = changedInputs(await sourcesOf(this.before, old, before), await sourcesOf(this.after, now, after));
    return { stage, own, changes };
  }

  async #because(
    before: PlanInput | undefined,
    after: PlanInput | undefined,
  ): Promise<Pick<InputCause, 'because' | 'above'>> {
    const [old, now] = [nodeIn(before), nodeIn(after)];
    if (old === undefined || now === undefined) return {};
    const stage = (await this.after.plan())?.nodes[now]?.id ?? String(now);
    if (this.#told.has(`${old} ${now}`)) return { above: stage };
    const cause = await this.between(old, now);
    if (cause === undefined) return {};
    const same = cause.own.length === 0 && cause.inputs.length === 0;
    return { because: same ? { ...cause, otherResult: true } : cause };
  }

  /** The changes at the far ends, each once. */
  roots(cause: Cause): Root[] {
    const { stage, own, inputs, otherResult } = cause;
    const roots: Root[] = own.map((difference) => ({ stage, ...difference }));
    if (otherResult) roots.push({ stage, field: 'result' });
    for (const { input, before, after, because, above } of inputs) {
      if (because) roots.push(...this.roots(because));
      else if (above === undefined)
        roots.push({
          stage,
          field: `inputs.${input}`,
          ...shown('before', before, after),
          ...shown('after', after, before),
        });
    }
    return [...new Map(roots.map((root) => [`${root.stage} ${root.field}`, root])).values()];
  }
}

type Side = { readonly name: string; readonly digest?: string } | undefined;

/** By name where the names differ, else by digest. */
function shown(member: 'before' | 'after', side: Side, other: Side): Partial<Record<'before' | 'after', Json>> {
  if (side === undefined) return {};
  return { [member]: side.name === other?.name ? `${side.name} ${side.digest ?? ''}`.trim() : side.name };
}

function nodeIn(source: PlanInput | undefined): number | undefined {
  if (source?.from === 'node') return source.node;
  return source?.from === 'model' && source.model.kind === 'weights' ? source.model.node : undefined;
}

/** What stood in a key document, with what the plan calls it. A source that was skipped is in the plan and not in the document. */
async function sourcesOf(run: PastRun, number: number, document: KeyDocument): Promise<Record<string, KnownSource[]>> {
  const plan = await run.plan();
  const sources: Record<string, KnownSource[]> = {};
  for (const [input, given] of Object.entries(document.inputs)) {
    const named: PlanInput[] = [];
    for (const source of plan?.nodes[number]?.inputs[input] ?? []) {
      const need = nodeIn(source);
      const outputs = need === undefined ? {} : (await run.node(need))?.outputs;
      if (need === undefined || outputs !== undefined) named.push(source);
    }
    sources[input] = given.flatMap((entry, index) => {
      const source = named[index];
      return plan && source ? [{ name: nameOfSource(plan, source), source, given: entry }] : [];
    });
  }
  return sources;
}
