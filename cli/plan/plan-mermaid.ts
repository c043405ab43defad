import type { StagePreview } from '../../engine/explain/preview.js';
import { needsOf } from '../../engine/orders/resolve.js';
import type { Plan } from '../../recipe/plan.js';
import { stateColours } from './plan-colours.js';
import { labelOf } from './plan-table.js';

/** The plan as a Mermaid flowchart; states colour its nodes where they are known. */
export function mermaid(plan: Plan, previews: readonly StagePreview[] | undefined): string {
  const lines = ['flowchart LR'];
  for (const [number, node] of plan.nodes.entries()) {
    lines.push(`  n${number}["${quoted(labelOf(node))}<br/><small>${quoted(node.activity)}</small>"]`);
    for (const need of needsOf(node)) lines.push(`  n${need} --> n${number}`);
  }
  for (const [state, { fill, stroke }] of Object.entries(stateColours)) {
    const nodes = (previews ?? []).flatMap((preview) => (preview.state === state ? [`n${preview.node}`] : []));
    if (nodes.length === 0) continue;
    const name = state.replace(' ', '');
    lines.push(`  classDef ${name} fill:${fill},stroke:${stroke},color:#202124`, `  class ${nodes.join(',')} ${name}`);
  }
  return lines.join('\n');
}

/** Entities as Mermaid writes them: `#` and a name or number. */
function quoted(text: string): string {
  return text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
