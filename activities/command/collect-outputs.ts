import { createReadStream } from 'node:fs';
import { cp, mkdir, lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { type DeclaredOutput, formOf } from '../../recipe/planning/declared-outputs.js';
import { messageOf, UserError } from '../../recipe/errors.js';
import type { Json, JsonObject } from '../../recipe/json.js';
import type { ActivityContext, Scalars } from '../activity.js';
import { recordValidator, type RecordKind } from '../data/record-validator.js';

/** Record types of the artifact kinds that have a schema. */
const SCHEMAS: Readonly<Record<string, RecordKind>> = {
  checkouts: 'checkout',
  environments: 'environment',
  instances: 'instance',
  scores: 'judgement',
  trajectories: 'trajectory',
  verdicts: 'verdict',
};

/** Turns what a command left in its folder into the declared outputs, and gives the stage's values. */
export async function collectOutputs(
  work: string,
  outputs: Readonly<Record<string, DeclaredOutput>>,
  context: ActivityContext,
): Promise<Scalars> {
  const scalars: JsonObject = {};
  for (const [name, output] of Object.entries(outputs)) {
    const path = join(work, output.path);
    await requireInside(work, path, name, output);
    switch (formOf(output)) {
      case 'files':
        await context.outputs.writeDirectory(name, await folderOf(path, join(context.directory, 'collected', name)));
        break;
      case 'records':
        await context.outputs.write(name, recordsOf(path, name, output));
        break;
      case 'document': {
        const document = await documentOf(path, name, output);
        await context.outputs.write(name, Array.isArray(document) ? document : [document]);
        Object.assign(scalars, scalarsOf(document, name, output));
      }
    }
  }
  return scalars;
}

/** A link that a sandboxed program made must not lead out of its folder: it would be followed here, outside of the sandbox. */
async function requireInside(work: string, path: string, name: string, output: DeclaredOutput): Promise<void> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined)
    throw new UserError(
      'output-missing',
      `The command ended well, but did not write its output ${name} to ${output.path}. Write it there, or mend \`outputs.${name}.path\`.`,
      { name },
    );
  const root = await realpath(work);
  const status = await lstat(real);
  const inside = real.startsWith(root + sep) && !real.startsWith(join(root, 'inputs') + sep);
  if (!inside || !(status.isFile() || status.isDirectory()))
    throw new UserError(
      'output-outside',
      `Output ${name}: ${output.path} is ${inside ? 'neither a file nor a folder' : 'a link out of /work'}. Write a copy instead.`,
      { name },
    );
  if (status.isDirectory())
    for (const entry of await readdir(path)) await requireInside(work, join(path, entry), name, output);
}

/** A single file is a tree of one. */
async function folderOf(path: string, spare: string): Promise<string> {
  if ((await lstat(await realpath(path))).isDirectory()) return path;
  await mkdir(spare, { recursive: true });
  await cp(path, join(spare, basename(path)), { dereference: true });
  return spare;
}

async function* recordsOf(path: string, name: string, output: DeclaredOutput): AsyncGenerator<Json> {
  const schema = SCHEMAS[output.kind];
  const validate = schema === undefined ? undefined : await recordValidator(schema);
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    const record = parse(line, name, `${output.path}, line ${number},`);
    const problem = validate?.(record) ?? null;
    if (problem !== null)
      throw new UserError(
        'output-invalid',
        `Output ${name}: ${output.path}, line ${number}, is not a record of ${output.kind}: ${problem}. The fields stand in schemas/${schema}.schema.json.`,
        { name, line: number },
      );
    yield record;
  }
}

async function documentOf(path: string, name: string, output: DeclaredOutput): Promise<Json> {
  return parse(await readFile(path, 'utf8'), name, output.path);
}

function parse(text: string, name: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UserError('output-invalid', `Output ${name}: ${where} is not JSON: ${messageOf(error)}.`, { name });
  }
}

function scalarsOf(document: Json, name: string, { scalars, path }: DeclaredOutput): JsonObject {
  if (scalars === undefined) return {};
  const members = document !== null && typeof document === 'object' && !Array.isArray(document) ? document : {};
  if (scalars === true)
    return Object.fromEntries(
      Object.entries(members).filter(([, value]) => value === null || typeof value !== 'object'),
    );
  return Object.fromEntries(
    scalars.map((scalar) => {
      const value = members[scalar];
      if (value === undefined)
        throw new UserError(
          'output-invalid',
          `Output ${name}: ${path} has no \`${scalar}\`, which \`scalars\` names; it has ${Object.keys(members).join(', ') || 'nothing'}.`,
          { name },
        );
      return [scalar, value];
    }),
  );
}
