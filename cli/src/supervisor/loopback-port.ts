import { type AddressInfo, createServer, type Server } from 'node:net';

/** Everything of local mode listens here: only this machine may come in. */
const LOOPBACK = '127.0.0.1';

/** `host:port` of the preferred port where it is free, otherwise with 0, which takes any. */
export async function listenAddress(preferredPort: number): Promise<string> {
  return loopback((await isFree(preferredPort)) ? preferredPort : 0);
}

export const portOf = (address: string): number =>
  Number(address.slice(address.lastIndexOf(':') + 1));

/** A port that others are told of before its process runs, and kept for it until then. */
export class ToldPort {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param preferredPort taken where it is free; otherwise any */
  static async choose(preferredPort: number): Promise<ToldPort> {
    const server = (await listenOn(preferredPort)) ?? (await listenOn(0));
    if (server === undefined) throw new Error('no port is free on this machine');
    return new ToldPort(server.unref());
  }

  get address(): string {
    return loopback(this.port);
  }

  /** Lets it go to the process that is about to listen there. Returns its `host:port`. */
  async handOut(): Promise<string> {
    if (this.#server.listening) {
      await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    }
    return this.address;
  }
}

const loopback = (port: number): string => `${LOOPBACK}:${port}`;

async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server === undefined) return false;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return true;
}

/** Undefined where somebody else listens. Whoever connects is sent away. */
function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(port, LOOPBACK, () => resolve(server));
  });
}
