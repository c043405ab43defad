import type { StagePreview } from '../../engine/explain/preview.js';
import { needsOf } from '../../engine/orders/resolve.js';
import type { Plan } from '../../recipe/plan.js';
import { reasonOf } from './plan-reason.js';
import { labelOf } from './plan-table.js';

/** Stages that a tree goes down; whoever looks for more is better served by the table. */
const DEEPEST = 60;

/** Stages under what they need, from the last ones back; one that was shown is not opened again. */
export function tree(plan: Plan, previews?: readonly StagePreview[]): string[] {
  const needs = plan.nodes.map(needsOf);
  const needed = new Set(needs.flat());
  const lines: string[] = [];
  const opened = new Set<number>();
  const show = (number: number, prefix: string, branch: string, below: string, depth: number): void => {
    const node = plan.nodes[number];
    if (node === undefined) return;
    const own = needs[number] ?? [];
    const again = opened.has(number) && own.length > 0;
    const cut = !again && own.length > 0 && depth >= DEEPEST;
    const more = again ? ' (above)' : `${stateOf(previews?.[number])}${cut ? ' (goes on; see the table)' : ''}`;
    lines.push(`${prefix}${branch}${labelOf(node)}${more}`);
    if (again || cut) return;
    opened.add(number);
    own.forEach((need, index) => {
      const last = index === own.length - 1;
      show(need, `${prefix}${below}`, last ? '└─ ' : '├─ ', last ? '   ' : '│  ', depth + 1);
    });
  };
  for (const number of plan.nodes.keys()) if (!needed.has(number)) show(number, '', '', '', 0);
  return lines;
}

function stateOf(preview: StagePreview | undefined): string {
  if (preview === undefined) return '';
  const reason = preview.state === 'to run' || preview.hold ? `: ${reasonOf(preview)}` : '';
  return `  [${preview.state}${reason}]`;
}
