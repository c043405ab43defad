import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InfrastructureError, UserError } from '../../recipe/errors.js';
import { pathId, type Entity, type Graph, type Reference } from './graph.js';

const formats: Readonly<Record<string, string>> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  md: 'text/markdown',
  html: 'text/html',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  svg: 'image/svg+xml',
};

/** The folder of a crate. Each file that is written is described. */
export class CrateFolder {
  private constructor(
    private readonly folder: string,
    private readonly graph: Graph,
  ) {}

  /** @throws UserError `folder-not-empty` */
  static async make(folder: string, graph: Graph): Promise<CrateFolder> {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0)
      throw new UserError('folder-not-empty', `The folder ${folder} is not empty. Name another one: --out FOLDER.`);
    return new CrateFolder(folder, graph);
  }

  /** Writes a file piece by piece, with its digest and size into the description. */
  async write(
    path: string,
    content: string | AsyncIterable<Uint8Array | string>,
    more: Omit<Entity, '@id' | '@type'> & { readonly '@type'?: Entity['@type'] } = {},
  ): Promise<Reference> {
    const target = resolve(this.folder, path);
    if (!target.startsWith(resolve(this.folder) + sep))
      throw new InfrastructureError('crate-path', `A file would lie outside the crate: ${path}`);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    let size = 0;
    const pieces = async function* (): AsyncIterable<Buffer> {
      for await (const piece of typeof content === 'string' ? [content] : content) {
        const bytes = Buffer.from(piece);
        hash.update(bytes);
        size += bytes.byteLength;
        yield bytes;
      }
    };
    await pipeline(Readable.from(pieces()), createWriteStream(join(this.folder, path)));
    const format = formats[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return this.graph.add({
      '@id': pathId(path),
      '@type': 'File',
      name: path.split('/').at(-1),
      encodingFormat: format,
      ...more,
      contentSize: String(size),
      sha256: hash.digest('hex'),
    });
  }
}
