import type { Instance } from '../../../schemas/records.js';
import type { ActivityContext } from '../../activity.js';
import { parsePatch } from '../../agent/patch.js';
import { checkoutReader } from '../../validate/checkout-files.js';
import type { Fix } from './fix.js';

type Focus = Instance['focus'];

interface Answer {
  readonly id: string;
  readonly path: string;
  readonly functions: readonly (Focus & { readonly lines: number })[];
}

/** By instance, the function in which the gold patch changes most; where it changes none, the changed lines of a module. */
export async function focusesOf(
  fixes: readonly Fix[],
  context: Pick<ActivityContext, 'blobs' | 'cache' | 'trainer' | 'signal'>,
): Promise<ReadonlyMap<string, Focus>> {
  async function* requests(): AsyncGenerator<{ id: string; path: string; source: string; lines: number[] }> {
    for (const fix of fixes) {
      const read = await checkoutReader(fix.base, context);
      for (const { file, lines } of parsePatch(fix.patch)) {
        const text = file.endsWith('.py') ? await read(file) : null;
        if (text === null) continue;
        const source = Buffer.from(text, 'latin1').toString('utf8');
        yield { id: fix.instance_id, path: file, source, lines: [...lines] };
      }
    }
  }
  const best = new Map<string, Focus & { readonly lines: number }>();
  for await (const line of context.trainer.stream('changed_functions', requests(), context.signal)) {
    const { id, path, functions } = line as unknown as Answer;
    const first = functions[0];
    if (first === undefined || first.lines <= (best.get(id)?.lines ?? 0)) continue;
    best.set(id, { ...first, file: path });
  }
  return new Map(
    fixes.map((fix) => {
      const found = best.get(fix.instance_id);
      if (found === undefined) return [fix.instance_id, moduleFocus(fix)];
      const { file, symbol, start, end, hash } = found;
      return [fix.instance_id, { file, symbol, start, end, ...(hash === undefined ? {} : { hash }) }];
    }),
  );
}

function moduleFocus({ patch }: Fix): Focus {
  const changes = parsePatch(patch);
  const change = changes.find(({ file }) => file.endsWith('.py')) ?? changes[0];
  const file = change?.file ?? '';
  const name = file.split('/').at(-1) ?? '';
  // A package is named by its folder.
  const symbol = name === '__init__.py' ? (file.split('/').at(-2) ?? name) : name.replace(/\.py$/, '');
  return { file, symbol, start: change?.lines[0] ?? 1, end: change?.lines.at(-1) ?? 1 };
}
