// The same graphs in the words of each tool. A graph is a list of what each stage needs, by number; needs come first.

/** Each stage after the one before. */
export function chain(stages) {
  return Array.from({ length: stages }, (_, stage) => (stage === 0 ? [] : [stage - 1]));
}

/** A hundred stages side by side; each reads three of the layer before. */
export function layered(stages) {
  const width = 100;
  return Array.from({ length: stages }, (_, stage) => {
    const layer = Math.floor(stage / width);
    if (layer === 0) return [];
    return [0, 1, 2].map((step) => (layer - 1) * width + ((stage + step * 7) % width));
  });
}

export const shapes = { chain, layered };

/** One YAML file, every stage written out with its inputs and values. */
export function recipe(graph) {
  const stages = graph.map((needs, stage) =>
    needs.length === 0
      ? `  s${stage}: { uses: command, with: { run: make items > items.jsonl }, outputs: { items: { kind: trajectories, path: items.jsonl } } }`
      : [
          `  s${stage}:`,
          '    uses: data/select',
          `    inputs: { items: ${needs.length === 1 ? `s${needs[0]}.items` : `[${needs.map((need) => `s${need}.items`).join(', ')}]`} }`,
          `    with: { seed: ${stage}, size: '\${{ params.size }}' }`,
        ].join('\n'),
  );
  return `mortar: 1\nname: bench\nparams:\n  size: { type: integer, default: 100 }\nstages:\n${stages.join('\n')}\n`;
}

/** As many nodes out of a few lines: a list of entries, and two stages for each of them. */
export function foreachRecipe(nodes) {
  const entries = Array.from({ length: nodes / 2 }, (_, entry) => `e${entry}`).join(', ');
  return `mortar: 1
name: bench
params:
  entries: { type: array, default: [${entries}] }
stages:
  make:
    foreach: \${{ params.entries }}
    uses: command
    with: { run: touch out, env: { ENTRY: '\${{ foreach.value }}' } }
    outputs: { out: { kind: file, path: out } }
  use:
    foreach: \${{ params.entries }}
    uses: command
    inputs: { from: 'make[foreach.key].out' }
    with: { run: touch out }
    outputs: { out: { kind: file, path: out } }
`;
}

/** As many nodes out of the cells of a matrix: two axes, ten stages that depend on them. */
export function matrixRecipe(nodes) {
  const side = Math.round(Math.sqrt(nodes / 10));
  const values = Array.from({ length: side }, (_, value) => value).join(', ');
  const stages = Array.from({ length: 10 }, (_, stage) =>
    [
      `  s${stage}:`,
      '    uses: command',
      ...(stage === 0 ? [] : [`    inputs: { from: s${stage - 1}.out }`]),
      `    with: { run: touch out, env: { STAGE: ${stage}, SEED: '\${{ params.seed }}', SIZE: '\${{ params.size }}' } }`,
      '    outputs: { out: { kind: file, path: out } }',
    ].join('\n'),
  );
  return `mortar: 1
name: bench
params:
  seed: { type: integer, default: 0 }
  size: { type: integer, default: 0 }
matrix:
  seed: [${values}]
  size: [${values}]
stages:
${stages.join('\n')}
`;
}

export function snakefile(graph) {
  const rules = graph.map((needs, stage) =>
    [
      `rule s${stage}:`,
      ...(needs.length === 0 ? [] : [`    input: ${needs.map((need) => `"out/${need}"`).join(', ')}`]),
      `    output: "out/${stage}"`,
      '    shell: "touch {output}"',
    ].join('\n'),
  );
  return `rule all:\n    input: ${ends(graph)
    .map((stage) => `"out/${stage}"`)
    .join(', ')}\n${rules.join('\n')}\n`;
}

export function dvcYaml(graph) {
  const stages = graph.map((needs, stage) =>
    [
      `  s${stage}:`,
      `    cmd: touch out/${stage}`,
      ...(needs.length === 0 ? [] : ['    deps:', ...needs.map((need) => `      - out/${need}`)]),
      '    outs:',
      `      - out/${stage}`,
    ].join('\n'),
  );
  return `stages:\n${stages.join('\n')}\n`;
}

export function buildNinja(graph) {
  const edges = graph.map(
    (needs, stage) => `build out/${stage}: touch ${needs.map((need) => `out/${need}`).join(' ')}`,
  );
  return `rule touch\n  command = touch $out\n${edges.join('\n')}\ndefault ${ends(graph)
    .map((stage) => `out/${stage}`)
    .join(' ')}\n`;
}

/** Stages that nothing reads. */
function ends(graph) {
  const read = new Set(graph.flat());
  return [...graph.keys()].filter((stage) => !read.has(stage));
}
