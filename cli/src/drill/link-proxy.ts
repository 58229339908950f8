import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** One of the ways between two sites, which can be cut and made longer. */
export class LinkProxy {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #isBlocked = false;
  /** Added to every byte, each way, ms. */
  delayMs = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** @param targetPort where connections are led; they end while nobody listens there */
  static async start(targetPort: number): Promise<LinkProxy> {
    const proxy = new LinkProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, LOOPBACK, resolve));
    return proxy;
  }

  get address(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nothing comes through any more, and nobody is told: as when a cable is cut. */
  block(): void {
    this.#isBlocked = true;
  }

  /** The way is there again; what was lost on it is not. */
  unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#drop();
  }

  async close(): Promise<void> {
    this.#drop();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.#isBlocked) {
      client.resume();
      return;
    }
    const server = connect(this.#targetPort, LOOPBACK);
    this.#keep(server);
    this.#join(client, server);
    this.#join(server, client);
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    // What ends a connection ends both of its halves, below.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #join(source: Socket, target: Socket): void {
    source.on('data', (chunk: Buffer) => {
      if (this.delayMs === 0) this.#pass(source, target, chunk);
      else setTimeout(() => this.#pass(source, target, chunk), this.delayMs);
    });
    target.on('drain', () => source.resume());
    source.on('close', () => {
      // An end does not get through a cut either.
      if (!this.#isBlocked) target.destroy();
    });
  }

  #pass(source: Socket, target: Socket, chunk: Buffer): void {
    if (this.#isBlocked || target.destroyed) return;
    if (!target.write(chunk)) source.pause();
  }
}
