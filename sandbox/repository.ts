import type { Environment } from '../schemas/records.js';

/** A repository's checkout in a warm sandbox: one runner program inside, spoken to in JSON lines, forking a child for each run of tests. */
export interface Repository {
  readonly environment: Environment;
  /** Runs tests on the checkout with the patches applied one after the other. */
  run(request: TestRequest, signal?: AbortSignal): Promise<TestOutcome>;
  /** A private, writable copy of the checkout with the patches applied: what an agent works in. */
  workspace(patches: readonly string[], signal?: AbortSignal): Promise<Workspace>;
}

export interface TestRequest {
  /** Unified diffs against the checkout, applied in order. */
  readonly patches: readonly string[];
  readonly tests: readonly string[];
  /** warm: the changed function's code is swapped in a fork of a warm pytest. process: a fresh interpreter on a really edited tree. */
  readonly isolation: 'warm' | 'process';
  /** Milliseconds for all the tests. */
  readonly timeout: number;
}

export interface TestOutcome {
  readonly status: 'ran' | 'not_applied' | 'collection_error' | 'timeout' | 'crashed';
  /** By test id: passed, failed, error, skipped. A test with no entry did not run. */
  readonly outcomes: Readonly<Record<string, 'passed' | 'failed' | 'error' | 'skipped'>>;
  /** Type and first line of the first failure, for statements and observations. */
  readonly symptom?: string;
  /** What it was really run in: a warm run falls back to a process where it cannot be exact. */
  readonly isolation?: 'warm' | 'process';
  /** Why it fell back, or why nothing ran. */
  readonly note?: string;
}

export interface Workspace {
  /** Lines of a file, first and last 1-based and inclusive; null where there is no such file. */
  view(file: string, first: number, last: number): Promise<readonly string[] | null>;
  /** Where a function stands now: lines, and the lines of its docstring; null where it is not found or the file does not parse. */
  locate(file: string, symbol: string): Promise<{ start: number; end: number; docstring: readonly number[] } | null>;
  /** Replaces the first occurrence of `old` on a line. */
  replace(
    file: string,
    line: number,
    old: string,
    replacement: string,
  ): Promise<{ ok: true } | { ok: false; error: 'no_file' | 'no_line' | 'no_match' }>;
  test(tests: readonly string[], timeout: number): Promise<TestOutcome>;
  /** Unified diff against the workspace as it was opened; empty where nothing changed. */
  diff(): Promise<string>;
  close(): Promise<void>;
}
