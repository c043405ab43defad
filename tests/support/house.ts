import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { EngineClient } from '../../engine/client/client.js';
import { connectionEnvironment } from '../../services/connection.js';
import { connect } from '../../services/up.js';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));

/** Times of this machine, and numbers that come from such last bits. */
const VOLATILE = new Set(['seconds', 'train_seconds', 'tokens_per_second', 'mean_tokens_per_second', 'log', 'logprob']);

/** A Mortar of its own: services, store and worker, driven through its command line. */
export class House {
  readonly home = mkdtempSync(join(tmpdir(), 'mortar-recipe-'));
  readonly environment: NodeJS.ProcessEnv;
  client!: EngineClient;

  constructor(sandbox: string) {
    this.environment = {
      ...process.env,
      MORTAR_HOME: this.home,
      MORTAR_TEMPORAL_PORT: '0',
      MORTAR_S3_PORT: '0',
      MORTAR_SANDBOX: sandbox,
      NO_COLOR: '1',
    };
    for (const name of ['TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MORTAR_BUCKET'])
      delete this.environment[name];
  }

  async mortar(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      const options = { env: this.environment, timeout: 900_000, maxBuffer: 1 << 26 };
      return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...words], options)) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  async open(...options: string[]): Promise<void> {
    const up = await this.mortar('up', ...options);
    expect(up.code, up.stderr).toBe(0);
    const given = process.env['MORTAR_HOME'];
    process.env['MORTAR_HOME'] = this.home;
    const connection = connect();
    if (given === undefined) delete process.env['MORTAR_HOME'];
    else process.env['MORTAR_HOME'] = given;
    this.client = await EngineClient.connect({ ...this.environment, ...connectionEnvironment(connection) });
  }

  async close(): Promise<void> {
    await this.client?.close();
    await this.mortar('down');
    rmSync(this.home, { recursive: true, force: true });
  }

  killWorker(): void {
    const { pid } = JSON.parse(readFileSync(join(this.home, 'worker.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
  }

  /**
   * The records of an artifact without what is another one every time; a file tree's own digests.
   * @param decimals to which fractions are compared; absent: exactly
   */
  async essence(digest: string, decimals?: number): Promise<string[]> {
    const { records, files } = await this.client.manifest(digest);
    if (records === undefined) return files.map(({ path, blob }) => `${path} ${blob.digest}`);
    const found: string[] = [];
    for await (const record of this.client.records<unknown>(digest))
      found.push(
        JSON.stringify(record, (key, value: unknown) => {
          if (VOLATILE.has(key)) return undefined;
          return typeof value === 'number' && decimals !== undefined ? Number(value.toFixed(decimals)) : value;
        }),
      );
    return found;
  }

  async records<T>(run: string, stage: string, output: string): Promise<T[]> {
    const digest = (await this.client.result(run, stage)).outputs[output]?.digest ?? '';
    const records: T[] = [];
    for await (const record of this.client.records<T>(digest)) records.push(record);
    return records;
  }
}
