import { once } from 'node:events';
import net from 'node:net';

/** What happens to the bytes of the connections that pass through. */
export type ProxyMode =
  | 'pass'
  /** The server gets the request, the client never an answer. */
  | 'swallow-answers'
  /** The server gets the first bytes of the request and then nothing more. */
  | 'cut-requests';

/** Bytes of a request that still pass in mode `cut-requests`: some of a COPY's rows. */
const CUT_AFTER_BYTES = 100_000;

/** A network between a client and Postgres that fails on demand. */
export class CuttingProxy {
  mode: ProxyMode = 'pass';
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #target: URL;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = net.createServer((client) => this.#serve(client));
  }

  static async start(targetUrl: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(targetUrl));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The target's URL by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as net.AddressInfo).port);
    return url.href;
  }

  /** Breaks every connection, on both sides. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: net.Socket): void {
    const server = net.connect(Number(this.#target.port), this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let passedWhileCutting = 0;
    client.on('data', (bytes) => {
      if (this.mode === 'cut-requests') {
        const rest = CUT_AFTER_BYTES - passedWhileCutting;
        passedWhileCutting += bytes.length;
        if (rest > 0) server.write(bytes.subarray(0, rest));
      } else {
        server.write(bytes);
      }
    });
    server.on('data', (bytes) => {
      if (this.mode !== 'swallow-answers') client.write(bytes);
    });
    client.on('end', () => server.end());
    server.on('end', () => client.end());
  }
}
