import { createServer } from 'node:net';

/** Everything of local mode listens here: only this machine may come in. */
const LOOPBACK = '127.0.0.1';

/** `host:port` of the preferred port where it is free, otherwise with 0, which takes any. */
export async function listenAddress(preferredPort: number): Promise<string> {
  return `${LOOPBACK}:${(await isFree(preferredPort)) ? preferredPort : 0}`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

export const portOf = (address: string): number =>
  Number(address.slice(address.lastIndexOf(':') + 1));
