import { display } from '../expressions/functions.js';
import { type Draft, draftsOf } from '../draft.js';
import { resolveReference } from './inputs.js';
import type { Entry } from '../syntax/entry.js';
import { isObject } from '../merge.js';
import type { Planner } from './planner.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, suggest } from '../suggest.js';
import { Artifact, type Value } from '../expressions/values.js';

/** Checks that nothing made of a forbidden output reaches the activities that it must never flow into. */
export function checkForbid(planner: Planner, entry: Entry): void {
  const { reporter, activities } = planner.options;
  for (const [output, raw] of Object.entries(isObject(entry.raw) ? entry.raw : {})) {
    const place: Place = { ...entry.place, path: [...entry.place.path, output] };
    const sources = artifactsIn(resolveReference(output, planner.root.scope(), reporter, { ...place, key: true }));
    for (const [index, pattern] of (Array.isArray(raw) ? raw : []).entries()) {
      const matches = glob(display(pattern));
      const at = { ...place, path: [...place.path, index] };
      if (!activities.some((activity) => matches.test(activity.name))) {
        const meant = suggest(
          display(pattern),
          activities.map((activity) => activity.name),
        );
        reporter.error(
          at,
          'unknown-activity',
          `No activity matches \`${display(pattern)}\`${didYouMean(meant) || ': the rule would guard nothing.'}`,
          meant,
        );
        continue;
      }
      for (const source of sources) {
        const path = findPath(planner.drafts, source.draft, source.output, (draft) =>
          matches.test(draft.declaration.name),
        );
        if (path === undefined) continue;
        const last = path[path.length - 1];
        const route = [output, ...path.map((draft) => draft.id)].join(' -> ');
        reporter.error(
          at,
          'forbidden-flow',
          `\`${output}\` must never flow into \`${display(pattern)}\`, but does: ${route}.`,
        );
        if (last)
          reporter.error(
            { ...last.entry.place, key: true },
            'forbidden-flow',
            `This stage is reached by \`${output}\`, which \`forbid\` keeps out of \`${display(pattern)}\`: ${route}.`,
          );
      }
    }
  }
}

/** Within a name `*` is anything but a slash; alone it is every activity. */
function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join(pattern === '*' ? '.*' : '[^/]*')}$`);
}

/** The first way, in order of the plan, from an output to a draft that matches. */
function findPath(
  drafts: readonly Draft[],
  from: Draft,
  output: string,
  matches: (draft: Draft) => boolean,
): Draft[] | undefined {
  const before = new Map<Draft, Draft | undefined>();
  for (const draft of drafts) {
    const inputs = Object.values(draft.inputs).flat();
    const direct = inputs.some(
      (input) =>
        (input.from === 'node' && input.draft === from && input.output === output) ||
        (input.from === 'model' &&
          input.model.kind === 'weights' &&
          input.model.draft === from &&
          input.model.output === output),
    );
    const through = inputs.flatMap(draftsOf).find((upstream) => before.has(upstream));
    if (!direct && through === undefined) continue;
    before.set(draft, direct ? undefined : through);
    if (!matches(draft)) continue;
    const path: Draft[] = [];
    for (let step: Draft | undefined = draft; step; step = before.get(step)) path.unshift(step);
    return path;
  }
  return undefined;
}

function artifactsIn(value: Value): { draft: Draft; output: string }[] {
  if (Array.isArray(value)) return value.flatMap(artifactsIn);
  return value instanceof Artifact ? [...value.refs] : [];
}
