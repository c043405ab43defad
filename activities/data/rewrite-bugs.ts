import type { Environment, Instance } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { instanceId } from './instance-id.js';
import { regionDiff } from './region-diff.js';

/** A function as `mortar_trainer.bugs` gives it in the mode `functions`. */
interface FunctionLine {
  readonly file: string;
  readonly symbol: string;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
  readonly header: readonly string[];
  readonly docstring: readonly string[];
  readonly text: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Asks the model to write functions anew from header and docstring; what it gets wrong is a bug that a person might have made. */
export async function rewrites(
  environment: Environment,
  symbols: Readonly<Record<string, string[]>>,
  context: ActivityContext,
): Promise<Instance[]> {
  const { params } = context;
  const archive = await context.blobs.file(environment.checkout.archive);
  const options = {
    mode: 'functions',
    max_lines: params['max_lines'] ?? 14,
    max_characters: params['max_characters'] ?? 500,
  };
  const functions: FunctionLine[] = [];
  for await (const line of context.trainer.stream('bugs', [{ options }, { archive, symbols }], context.signal)) {
    const one = line as unknown as FunctionLine;
    // Without a docstring nobody could know what to write.
    if (one.docstring.length > 0) functions.push(one);
  }
  const client = await context.models.open(context.inputs.model('model'), { sampling: true }, context.signal);
  try {
    const each = Number(params['each'] ?? 8);
    const asked = functions.flatMap((one) => Array.from({ length: each }, (_, sample) => ({ one, sample })));
    const made = new Map<string, Instance>();
    const ask = async ({ one, sample }: { one: FunctionLine; sample: number }): Promise<Instance | null> => {
      const reply = await client.chat(
        {
          messages: [{ role: 'user', content: question(one) }],
          temperature: Number(params['temperature'] ?? 0.8),
          maxTokens: Number(params['max_tokens'] ?? 1024),
          seed: context.seed('rewrite', environment.repo, one.file, one.symbol, sample),
        },
        context.signal,
      );
      const text = writtenFunction(reply.content, one);
      return text === null ? null : draft(environment, one, text);
    };
    for await (const instance of concurrently(asked, context.concurrency, ask)) {
      if (instance !== null) made.set(instance.instance_id, instance);
    }
    const sorted = [...made.values()].sort((a, b) => (a.instance_id < b.instance_id ? -1 : 1));
    const cap = params['per_repository'];
    return typeof cap === 'number' ? sorted.slice(0, cap) : sorted;
  } finally {
    await client.close();
  }
}

function question(one: FunctionLine): string {
  return [
    `Write the Python function \`${one.symbol}\` of ${one.file}. Answer with the whole function in one code block and nothing else.`,
    '',
    '```python',
    ...one.header,
    ...one.docstring,
    '    ...',
    '```',
  ].join('\n');
}

/** The function out of a reply, indented like the original and with the original's header and docstring; null where it is not there or unchanged. */
export function writtenFunction(
  reply: string,
  one: Pick<FunctionLine, 'header' | 'docstring' | 'text'>,
): string[] | null {
  const block = /```[a-z]*\n([\s\S]*?)```/.exec(reply)?.[1] ?? reply;
  const lines = block.replace(/\s+$/, '').split('\n');
  const name = /^\s*(?:async\s+)?def\s+(\w+)/.exec(one.header[0] ?? '')?.[1] ?? '';
  const start = lines.findIndex((line) => new RegExp(`^\\s*(?:async\\s+)?def\\s+${name}\\b`).test(line));
  if (start < 0) return null;
  const headerEnd = lines.findIndex((line, index) => index >= start && /:\s*(#.*)?$/.test(line));
  if (headerEnd < 0) return null;
  let body = lines.slice(headerEnd + 1);
  const first = body[0]?.trim() ?? '';
  const quote = /^[rRuU]?("""|''')/.exec(first)?.[1];
  if (quote !== undefined) {
    const closes = first.slice(first.indexOf(quote) + 3).includes(quote)
      ? 0
      : body.findIndex((line, index) => index > 0 && line.includes(quote));
    if (closes < 0) return null;
    body = body.slice(closes + 1);
  }
  const indentOf = (line: string): string => /^\s*/.exec(line)?.[0] ?? '';
  const filled = body.filter((line) => line.trim() !== '');
  const theirs = filled[0] === undefined ? '' : indentOf(filled[0]);
  if (filled.length === 0 || theirs === '') return null;
  const end = body.findIndex((line) => line.trim() !== '' && !line.startsWith(theirs));
  if (end >= 0) body = body.slice(0, end);
  const ours = indentOf(one.text.slice(one.header.length).find((line) => line.trim() !== '') ?? '');
  const written = [
    ...one.header,
    ...one.docstring,
    ...body.map((line) => (line.trim() === '' ? '' : ours + line.slice(theirs.length))),
  ];
  while (written.at(-1)?.trim() === '') written.pop();
  const compact = (text: readonly string[]): string =>
    text
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n');
  return compact(written) === compact(one.text) ? null : written;
}

function draft(environment: Environment, one: FunctionLine, text: readonly string[]): Instance {
  const { file, symbol, start, end, hash } = one;
  const bugPatch = regionDiff({ file, start, before: one.before, old: one.text, new: text, after: one.after });
  return {
    instance_id: instanceId(environment, 'rewrite', bugPatch),
    repo: environment.repo,
    version: environment.version,
    base_commit: '',
    source: 'synthetic',
    environment_id: environment.environment_id,
    problem_statement: '',
    patch: regionDiff({ file, start, before: one.before, old: text, new: one.text, after: one.after }),
    bug_patch: bugPatch,
    test_patch: '',
    focus: { file, symbol, start, end: end + text.length - one.text.length, hash },
    status: 'draft',
    FAIL_TO_PASS: [],
    PASS_TO_PASS: [],
  };
}
