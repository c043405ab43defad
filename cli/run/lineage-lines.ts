import type { Lineage } from '../../engine/lineage/lineage.js';

/** A number, or an attempt with the records behind it, for people. */
export function lineageLines(entry: Lineage): string[] {
  if (entry.kind === 'metric')
    return [`${entry.metric} = ${(entry.value * 100).toFixed(1)} %  (row ${entry.row} of ${entry.score})`];
  const { row, instance_id, sample, status, resolved, commit, model, records } = entry;
  const what = status === 'graded' ? (resolved ? 'resolved' : 'not resolved') : status;
  return [
    `${row} ${instance_id} #${sample}: ${what}${model === undefined ? '' : `, by ${short(model)}`}${commit === undefined ? '' : `, at commit ${commit.slice(0, 12)}`}`,
    ...records.map(
      ({ stage, output, kind, artifact, line, id }) =>
        `  ${kind === 'file' ? id : `${stage}.${output} line ${line}`}  ${short(artifact)}`,
    ),
  ];
}

function short(name: string): string {
  return name.startsWith('sha256:') ? name.slice(0, 'sha256:'.length + 12) : name;
}
