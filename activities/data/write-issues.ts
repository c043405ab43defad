import { createHash } from 'node:crypto';
import { UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import type { Instance } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type MapItem, type Scalars } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { leaksGold, statementQuestion, templateStatement } from './statement.js';

export default defineActivity({
  name: 'data/write-issues',
  version: 1,
  summary:
    'Writes the problem statement of valid instances that have none: from a template, or by a model. It quotes the symptom, never the fix.',
  queue: 'cpu',
  inputs: {
    instances: { kind: 'instances' },
    model: { kind: 'model', optional: true, description: 'For style: model.' },
  },
  outputs: { instances: { kind: 'instances' } },
  scalars: ['instances', 'written', 'by_model', 'fell_back'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      style: { enum: ['template', 'model'], default: 'template' },
      temperature: { type: 'number', minimum: 0, default: 0.7, description: 'For style: model.' },
      max_tokens: { type: 'integer', minimum: 16, default: 512, description: 'For style: model.' },
      seed: { type: 'integer', default: 17 },
    },
  },
  map: true,
  itemInputs: ['instances'],

  async items(context): Promise<MapItem[]> {
    if (usesModel(context)) requireModel(context);
    const items: MapItem[] = [];
    for await (const instance of context.inputs.records<Instance>('instances')) {
      if (!needsStatement(instance)) continue;
      const digest = createHash('sha256').update(JSON.stringify(instance)).digest('hex');
      items.push({ key: instance.instance_id, value: { instance: digest } });
    }
    return items;
  },

  async *process(items, context): AsyncIterable<ItemResult> {
    const wanted = new Set(items.map(({ key }) => key));
    const instances: Instance[] = [];
    for await (const instance of context.inputs.records<Instance>('instances')) {
      if (wanted.has(instance.instance_id)) instances.push(instance);
    }
    if (!usesModel(context)) {
      for (const instance of instances) yield done(instance, templateStatement(instance), 'template');
      return;
    }
    const client = await context.models.open(context.inputs.model('model'), { sampling: true }, context.signal);
    try {
      const write = async (instance: Instance): Promise<ItemResult> => {
        const reply = await client.chat(
          {
            messages: [{ role: 'user', content: statementQuestion(instance) }],
            temperature: Number(context.params['temperature'] ?? 0.7),
            maxTokens: Number(context.params['max_tokens'] ?? 512),
            seed: context.seed('issue', instance.instance_id),
          },
          context.signal,
        );
        const text = reply.content.trim();
        const usable = text !== '' && reply.finish === 'stop' && !leaksGold(text, instance);
        return usable ? done(instance, text, 'model') : done(instance, templateStatement(instance), 'fallback');
      };
      let finished = 0;
      for await (const result of concurrently(instances, context.concurrency, write)) {
        context.progress((finished += 1), instances.length, result.key);
        yield result;
      }
    } finally {
      await client.close();
    }
  },

  async assemble(results, context): Promise<Scalars> {
    const statements = new Map<string, { statement: string; by: string }>();
    for (const result of results) {
      if (result.ok) statements.set(result.key, result.record as { statement: string; by: string });
    }
    let count = 0;
    async function* all(): AsyncGenerator<Instance> {
      for await (const instance of context.inputs.records<Instance>('instances')) {
        count += 1;
        const written = needsStatement(instance) ? statements.get(instance.instance_id) : undefined;
        yield written === undefined ? instance : { ...instance, problem_statement: written.statement };
      }
    }
    await context.outputs.write('instances', all());
    const by = (name: string): number => [...statements.values()].filter((one) => one.by === name).length;
    return { instances: count, written: statements.size, by_model: by('model'), fell_back: by('fallback') };
  },
});

function needsStatement({ status, problem_statement }: Pick<Instance, 'status' | 'problem_statement'>): boolean {
  return status === 'valid' && problem_statement.trim() === '';
}

function usesModel(context: ActivityContext): boolean {
  return context.params['style'] === 'model';
}

function requireModel(context: ActivityContext): void {
  const given = context.inputs.has('model') ? context.inputs.model('model') : undefined;
  if (given !== undefined && given.kind !== 'scripted') return;
  const what = given === undefined ? 'no model is given' : `'${given.name}' is a scripted model, which cannot write`;
  throw new UserError(
    'issues-need-model',
    `data/write-issues: style is 'model', but ${what}. Give an input 'model', or set style: template.`,
  );
}

function done(instance: Instance, statement: string, by: 'template' | 'model' | 'fallback'): ItemResult {
  return { key: instance.instance_id, ok: true, record: { statement, by } satisfies Json };
}
