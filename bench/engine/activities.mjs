// Activities that do next to nothing: what is left is the engine.
import { appendFileSync } from 'node:fs';

const params = { type: 'object', additionalProperties: true };
const now = () => performance.timeOrigin + performance.now();

const nothing = {
  name: 'bench/nothing',
  version: 1,
  summary: 'Writes one record.',
  queue: 'cpu',
  quick: true,
  inputs: { before: { kind: 'records', optional: true } },
  outputs: { record: { kind: 'records' } },
  params,
  async run(context) {
    appendFileSync(process.env.TRACE, `${now()}\n`);
    // Bytes of its own in every run: what is there already is not written again.
    const { number, tag } = context.params;
    await context.outputs.write('record', [{ number, tag }]);
    return {};
  },
};

// The same as a stage that has a workflow of its own.
const plain = { ...nothing, name: 'bench/plain', quick: false };

const items = {
  name: 'bench/items',
  version: 1,
  summary: 'Works on n items that take no time.',
  queue: 'cpu',
  map: 'streamed',
  inputs: {},
  outputs: { records: { kind: 'records' } },
  params,
  async *items(context) {
    for (let number = 0; number < context.params.n; number += 1) yield { key: `item${number}`, value: number };
  },
  async *process(given, context) {
    for (const { key, value } of given) {
      context.signal.throwIfAborted();
      if (context.params.trace) appendFileSync(process.env.TRACE, `${key}\n`);
      yield { key, ok: true, record: { number: value } };
    }
  },
  async assemble(results, context) {
    let good = 0;
    const records = async function* () {
      for await (const result of results) {
        if (!result.ok) continue;
        good += 1;
        yield result.record;
      }
    };
    await context.outputs.write('records', records());
    return { good };
  },
};

export const activities = [nothing, plain, items];
