import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { InfrastructureError } from '../recipe/errors.js';

/** The values of a text of JSON lines that is in memory. */
export function* jsonLines<T>(bytes: Buffer | string, where: string): Iterable<T> {
  let number = 0;
  for (const line of bytes.toString('utf8').split('\n')) {
    number += 1;
    if (line.trim() !== '') yield parse<T>(line, number, where);
  }
}

/** The same of a stream, a line at a time. */
export async function* jsonLinesOf<T>(stream: Readable, where: string): AsyncIterable<T> {
  let number = 0;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() !== '') yield parse<T>(line, number, where);
  }
}

function parse<T>(line: string, number: number, where: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (error) {
    throw new InfrastructureError(
      'not-json-lines',
      `Line ${number} of ${where} is not JSON: ${line.slice(0, 80)}`,
      {},
      { cause: error },
    );
  }
}
