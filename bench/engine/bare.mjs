import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

let installed = false;

/** Runs `work` with a worker of bare activities in this process. */
export async function withBare(address, work) {
  if (!installed) Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  installed = true;
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const silent = () => undefined;
  const worker = await Worker.create({
    connection,
    taskQueue: 'bare',
    workflowsPath: fileURLToPath(new URL('./bare-workflow.mjs', import.meta.url)),
    bundlerOptions: {
      logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    },
    activities: { nothing: async () => performance.timeOrigin + performance.now() },
  });
  let number = 0;
  const execute = (type, ...args) =>
    client.workflow.execute(type, {
      taskQueue: 'bare',
      workflowId: `bare/${process.pid}/${Date.now()}/${number++}`,
      args,
    });
  try {
    return await worker.runUntil(() => work(execute));
  } finally {
    await client.connection.close();
    await connection.close();
  }
}
