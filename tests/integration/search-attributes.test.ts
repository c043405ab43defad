import { Client, Connection } from '@temporalio/client';
import { afterEach, expect, test } from 'vitest';
import { EngineClient } from '../../engine/client/client.js';
import { EngineHouse } from './engine-house.js';
import { squares } from './plans.js';
import { TestServers } from './servers.js';

let open: { stop(): Promise<void> } | undefined;

afterEach(() => open?.stop());

test('runs can be found in Temporal by recipe and state', async () => {
  const house = await EngineHouse.open();
  open = { stop: () => house.close() };
  // A server learns of attributes a little before it takes them.
  await house.reach(await house.start(squares(2, { tag: 'first' })), 'succeeded');
  const run = await house.start(squares(4, { tag: 'searched' }));
  await house.reach(run, 'succeeded');
  const found = async (query: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of house.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids;
  };
  await house.servers.until(
    async () => (await found("MortarRecipe = 'test' AND MortarState = 'succeeded'")).includes(`run/${run}`),
    'the run to be found',
  );
  expect(await found("MortarRecipe = 'other'")).toEqual([]);
}, 120_000);

test('where the attributes cannot be had, runs go without', async () => {
  const servers = await TestServers.start();
  open = servers;
  const connection = await Connection.connect({ address: servers.environment['TEMPORAL_ADDRESS'] });
  const temporal = new Client({ connection });
  // Somebody else's, of another type: INDEXED_VALUE_TYPE_INT.
  await connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: { MortarState: 3 } });
  await servers.worker();
  const client = await EngineClient.connect(servers.environment);
  const run = await client.startRun({ plan: squares(3, { tag: 'without' }), recipeText: 'recipe' });
  await servers.until(async () => (await client.runStatus(run)).state === 'succeeded', 'the run to succeed');
  const { searchAttributes } = await temporal.workflow.getHandle(`run/${run}`).describe();
  expect(Object.keys(searchAttributes ?? {}).filter((name) => name.startsWith('Mortar'))).toEqual([]);
  await client.close();
  await connection.close();
}, 120_000);
