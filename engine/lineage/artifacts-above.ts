import type { RecordedRun } from './recorded-run.js';

/** An artifact of a run, by the stage that made it. */
export interface ArtifactPlace {
  readonly node: number;
  readonly stage: string;
  readonly output: string;
  readonly kind: string;
  readonly artifact: string;
}

/** Artifacts that these stages read, and those that the stages read which made them, the nearest first. Weights of models are not followed. */
export function artifactsAbove({ plan, nodes }: RecordedRun, from: readonly number[]): ArtifactPlace[] {
  const found = new Map<string, ArtifactPlace>();
  const visited = new Set(from);
  let wave = [...from];
  while (wave.length > 0) {
    const next: number[] = [];
    for (const number of wave) {
      for (const input of Object.values(plan.nodes[number]?.inputs ?? {}).flat()) {
        if (input.from !== 'node') continue;
        const made = nodes.get(input.node);
        const output = made?.outputs?.[input.output];
        if (!made || !output) continue;
        const name = `${input.node}.${input.output}`;
        if (!found.has(name))
          found.set(name, {
            node: input.node,
            stage: made.id,
            output: input.output,
            kind: output.kind,
            artifact: output.digest,
          });
        if (!visited.has(input.node)) next.push(input.node);
        visited.add(input.node);
      }
    }
    wave = next;
  }
  return [...found.values()];
}
