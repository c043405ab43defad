import * as zlib from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type Compressors } from 'hyparquet';
import { UserError } from '../recipe/errors.js';
import type { Json } from '../recipe/json.js';

/** Node 22.15 and later. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array };

/** Beyond what the reader knows by itself (none, snappy), what Node can. */
const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
  ...(zstdDecompressSync === undefined ? {} : { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }),
};

/** Rows of a parquet file, a row group at a time; whole numbers and times as JSON has them. */
export async function* parquetRows(path: string): AsyncGenerator<Json, void, undefined> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    let rowStart = 0;
    for (const { num_rows: rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(rows);
      yield* (await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })).map(asJson);
      rowStart = rowEnd;
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new UserError('parquet', `${path} cannot be read as parquet: ${what}.`, {}, { cause: error });
  }
}

function asJson(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'object':
      if (value === null) return null;
      if (value instanceof Date) return value.toISOString();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      if (ArrayBuffer.isView(value)) return [...(value as unknown as Iterable<unknown>)].map(asJson);
      if (Array.isArray(value)) return value.map(asJson);
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asJson(entry)]));
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return null;
  }
}
