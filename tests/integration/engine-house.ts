import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { Client, Connection } from '@temporalio/client';
import { EngineClient, type RunStatus, type StartRun } from '../../engine/client/client.js';
import type { Plan } from '../../recipe/plan.js';
import { TestServers } from './servers.js';

/** Servers, one worker and a client: what a test of the engine lives in. */
export class EngineHouse {
  private constructor(
    readonly servers: TestServers,
    readonly client: EngineClient,
    readonly temporal: Client,
    public worker: ChildProcess,
  ) {}

  static async open(workerEnvironment: NodeJS.ProcessEnv = {}): Promise<EngineHouse> {
    const servers = await TestServers.start();
    try {
      const worker = await servers.worker(workerEnvironment);
      const client = await EngineClient.connect(servers.environment);
      const connection = await Connection.connect({ address: servers.environment['TEMPORAL_ADDRESS'] });
      const house = new EngineHouse(servers, client, new Client({ connection }), worker);
      house.forget();
      return house;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.temporal.connection.close();
    await this.client.close();
    await this.servers.stop();
  }

  /** What the activities did, in the order in which they did it. */
  trace(beginning = ''): string[] {
    return readFileSync(this.servers.environment['TRACE'] ?? '', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && line.startsWith(beginning));
  }

  /** Empties the trace and shuts the gate. */
  forget(): void {
    writeFileSync(this.servers.environment['TRACE'] ?? '', '');
    rmSync(this.servers.environment['GATE'] ?? '', { force: true });
  }

  openGate(): void {
    writeFileSync(this.servers.environment['GATE'] ?? '', '');
  }

  async start(plan: Plan, more: Partial<StartRun> = {}): Promise<string> {
    return this.client.startRun({ plan, recipeText: 'recipe', ...more });
  }

  async reach(run: string, ...states: RunStatus['state'][]): Promise<RunStatus> {
    let status = await this.client.runStatus(run);
    await this.servers.until(
      async () => states.includes((status = await this.client.runStatus(run)).state),
      `run ${run} to be ${states.join(' or ')}`,
      90_000,
    );
    return status;
  }

  /** Starts a run and waits until it ends or is held. */
  async finish(plan: Plan, more: Partial<StartRun> = {}): Promise<RunStatus> {
    return this.reach(await this.start(plan, more), 'succeeded', 'failed', 'held', 'cancelled');
  }

  async traced(line: string, times = 1): Promise<void> {
    await this.servers.until(
      () => Promise.resolve(this.trace().filter((found) => found === line).length >= times),
      `${times} times "${line}" in the trace`,
    );
  }
}

export const statesOf = ({ nodes }: RunStatus): Record<string, string> =>
  Object.fromEntries(nodes.map(({ id, state }) => [id, state]));
