import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import type { Inputs } from '../activity.js';

export interface JsonLine {
  /** 1-based. */
  readonly line: number;
  /** Name of the file, for messages. */
  readonly file: string;
  readonly value: Json;
}

/** Lines of a JSON-lines file that a recipe gave, empty ones left out. Throws a UserError that names the line that is not JSON. */
export async function* jsonLines(inputs: Inputs, name: string): AsyncGenerator<JsonLine> {
  const directory = await inputs.directory(name);
  const files = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);
  const file = files[0];
  if (files.length !== 1 || file === undefined) {
    throw new UserError(
      'not-one-file',
      `Input '${name}' must be one JSON-lines file; it holds ${files.length} files. Name the file in the recipe.`,
    );
  }
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(join(directory, file)), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch (error) {
      throw new UserError(
        'not-json',
        `${file}, line ${line}: not JSON (${(error as Error).message}): ${text.slice(0, 80)}. Write one JSON object a line.`,
        { file, line },
      );
    }
    yield { line, file, value };
  }
}
