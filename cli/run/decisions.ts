import type { RunStatus } from '../../engine/client/run-status.js';

/** What to type next for every stage that waits for somebody, or ended the run. */
export function decisions({ run, state, nodes }: RunStatus): string[] {
  const stuck = nodes.filter((node) => node.state === 'held' || node.state === 'failed');
  return stuck.flatMap((node) => {
    const lines = [`${node.id} (${node.activity}): ${node.failure?.message ?? node.state}`];
    lines.push(`  log:      mortar logs ${run.id} ${quote(node.id)}`);
    lines.push(`  again:    mortar retry ${run.id} ${quote(node.id)}`);
    if (state === 'held') {
      const passes = node.failure?.class === 'expect' || node.failure?.class === 'approval';
      if (passes) lines.push(`  let pass: mortar approve ${run.id} ${quote(node.id)}`);
      lines.push(`  without:  mortar skip ${run.id} ${quote(node.id)}`);
    }
    return lines;
  });
}

/** Addresses such as `sft[easy]` mean something to shells. */
function quote(address: string): string {
  return /^[\w./-]+$/.test(address) ? address : `'${address}'`;
}
