import { createServer, type AddressInfo } from 'node:net';

/** Whether a loopback port can be listened on now. */
export function isPortFree(port: number): Promise<boolean> {
  return listen(port).then((found) => found !== undefined);
}

/** The preferred port where it is free, else one the system picks. */
export async function choosePort(preferred: number): Promise<number> {
  const port = (await listen(preferred)) ?? (await listen(0));
  if (port === undefined) throw new Error('The system has no free loopback port.');
  return port;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => {
        resolve(bound);
      });
    });
  });
}
