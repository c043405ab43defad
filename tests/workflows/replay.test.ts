import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordedHistory } from '../integration/histories.js';

/**
 * Histories that earlier versions of the workflows made on a real server (tests/integration/engine-shapes.test.ts records them). A
 * change that does not replay them would hang every run that is on hold while it is deployed: put it behind `patched()`.
 */
const folder = join(import.meta.dirname, '..', 'histories');

let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  const silent = (): void => undefined;
  // Replaying a history on purpose that does not fit is no news.
  Runtime.install({ logger: new DefaultLogger('ERROR', silent) });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: { log: silent, trace: silent, debug: silent, info: silent, warn: console.warn, error: console.error },
  });
}, 60_000);

const generations = existsSync(folder) ? readdirSync(folder).sort() : [];

describe.each(generations)('a deploy over executions of generation %s', (generation) => {
  test.each(readdirSync(join(folder, generation)).sort())('goes on with %s', async (name) => {
    const text = readFileSync(join(folder, generation, name), 'utf8');
    const { workflowId, history } = JSON.parse(text) as RecordedHistory;
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  });
});

test('every shape of a run and of a stage is recorded', () => {
  const names = generations.flatMap((generation) => readdirSync(join(folder, generation)));
  const shapes = [...new Set(names)].map((name) => name.replace(/\.json$/, ''));
  expect(shapes).toEqual(
    expect.arrayContaining([
      ...['run-searchable', 'scheduled-run', 'scheduled-run-again'],
      ...['run-all-cached', 'run-chain', 'run-held', 'run-retried', 'run-skipped', 'run-approved', 'run-continued'],
      ...[
        'run-cancelled',
        'run-failed',
        'run-aborted',
        'run-revised',
        'run-wide',
        'stage-plain',
        'stage-running',
        'stage-failed',
      ],
      ...['run-chain-of-workflows', 'run-direct', 'run-diverted', 'stage-claimed'],
      ...['stage-map-two-subscribers', 'stage-map-failed', 'stage-cancelled', 'stage-subscribed-again'],
    ]),
  );
});

test('a history that the code would not have made is refused', async () => {
  const text = readFileSync(join(folder, '1', 'run-chain.json'), 'utf8').replaceAll('"recordRun"', '"recordNodes"');
  const { workflowId, history } = JSON.parse(text) as RecordedHistory;
  await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId)).rejects.toThrow();
});
