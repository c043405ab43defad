import type { Blob } from '../schemas/records.js';
import type { SandboxPort } from './sandbox.js';

/** What work in a sandbox takes of the activity that it is done for. */
export interface SandboxContext {
  readonly sandbox: SandboxPort;
  readonly blobs: BlobFiles;
  /** The worker's folder for what is named by content. */
  readonly cache: string;
  /** Scratch folder of the work, which survives a restart of the worker. */
  readonly directory: string;
  readonly signal: AbortSignal;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
}

export interface BlobFiles {
  /** Path of a read-only local copy, fetched once a digest and checked. */
  file(blob: Blob): Promise<string>;
}
