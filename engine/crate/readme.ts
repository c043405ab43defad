import type { RecordedRun } from '../lineage/recorded-run.js';

/** For whoever finds the folder without knowing what an RO-Crate is. */
export function readme({ record, plan, state }: RecordedRun): string {
  return [
    `# ${plan.name}, run ${record.id}`,
    '',
    `A run of a Mortar recipe${plan.profile ? `, profile ${plan.profile}` : ''}: ${plan.nodes.length} stages, ${state.state}.`,
    '',
    '- `recipe/`: the recipe with what it extends and the files that its params name, as they were.',
    '- `report/`: the report, where the run has one.',
    '- `artifacts/STAGE/OUTPUT/`: what each stage wrote; records as JSON lines, in their order.',
    '- `blobs/`: bytes that records point at, by sha256.',
    '- `provenance/`: the plan, the records of the run, and `lineage.jsonl`: from each number of the report to its attempts, and',
    '  from each attempt to the records behind it, by artifact and line (line N of `records.jsonl`).',
    '- `LICENCES.md`: licences of the source trees that are in it.',
    '- `ro-crate-metadata.json`: all of this for programs (RO-Crate 1.1, Provenance Run Crate 0.5).',
    '',
  ].join('\n');
}
