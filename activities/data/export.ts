import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trajectory } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';

export default defineActivity({
  name: 'data/export',
  version: 1,
  summary: "Writes trajectories in other programs' formats.",
  queue: 'cpu',
  quick: true,
  inputs: { trajectories: { kind: 'trajectories' } },
  outputs: { files: { kind: 'file', description: 'A folder of JSON-lines files, one a source and sample.' } },
  scalars: ['rows', 'files'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      format: {
        enum: ['swebench', 'openhands', 'messages'],
        default: 'swebench',
        description:
          'swebench: predictions for its harness. openhands: rows like output.jsonl. messages: chat rows with turn_mask for SFT trainers.',
      },
    },
  },

  async run(context) {
    const format = (context.params['format'] ?? 'swebench') as keyof typeof FORMATS;
    const folder = join(context.directory, 'export');
    await mkdir(folder, { recursive: true });
    const files = new Map<string, string[]>();
    let rows = 0;
    for (const source of context.inputs.sources('trajectories')) {
      for await (const trajectory of context.inputs.recordsOf<Trajectory>(source)) {
        // The harness wants each instance once a file, so each sample has its own.
        const sample = format === 'swebench' ? `-${trajectory.sample}` : '';
        const name = `${source.key === '' ? 'all' : source.key.replaceAll(/[^\w.-]/g, '_')}${sample}.jsonl`;
        const lines = files.get(name) ?? [];
        lines.push(JSON.stringify(FORMATS[format](trajectory)));
        files.set(name, lines);
        rows += 1;
      }
    }
    for (const [name, lines] of files) await writeFile(join(folder, name), `${lines.join('\n')}\n`);
    await context.outputs.writeDirectory('files', folder);
    return { rows, files: files.size };
  },
});

export const FORMATS = {
  swebench: (one: Trajectory) => ({
    instance_id: one.instance_id,
    model_name_or_path: one.model,
    model_patch: one.patch,
  }),
  openhands: (one: Trajectory) => ({
    instance_id: one.instance_id,
    test_result: { git_patch: one.patch },
    instruction: one.messages.find(({ role }) => role === 'user')?.content ?? '',
    metadata: { agent_class: 'mortar', llm_config: { model: one.model }, max_iterations: null },
    history: one.messages.map(({ role, content, tool }, id) => ({
      id,
      source: role === 'assistant' ? 'agent' : role === 'user' && id > 0 && tool === undefined ? 'environment' : 'user',
      message: content,
      ...(role === 'assistant' ? { action: tool ?? 'message' } : tool === undefined ? {} : { observation: tool }),
    })),
    metrics: { sampled_tokens: one.tokens },
    error: one.exit === 'finish' ? null : one.exit,
  }),
  messages: (one: Trajectory) => ({
    instance_id: one.instance_id,
    messages: one.messages.map(({ role, content, turn_mask }) => ({
      role,
      content,
      ...(turn_mask === undefined ? {} : { turn_mask }),
    })),
  }),
} satisfies Record<string, (trajectory: Trajectory) => unknown>;
