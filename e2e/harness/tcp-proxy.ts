import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Sees the bytes of one direction before they go on. Returns how many of them may. */
export type Valve = (chunk: Buffer) => number;

/** One direction of a connection. What a valve does not let through waits here. */
export class Lane {
  readonly #source: Socket;
  readonly #target: Socket;
  #held: Buffer[] = [];
  #isHeld = false;
  valve: Valve | undefined;

  constructor(source: Socket, target: Socket) {
    this.#source = source;
    this.#target = target;
    source.on('data', (chunk: Buffer) => this.#onData(chunk));
    target.on('drain', () => source.resume());
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0);
  }

  /** Lets nothing through from here on. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Lets everything through that waited, and what comes. */
  release(): void {
    this.#isHeld = false;
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#forward(chunk);
  }

  #onData(chunk: Buffer): void {
    if (this.#isHeld) {
      this.#held.push(chunk);
      return;
    }
    const through = this.valve?.(chunk) ?? chunk.length;
    if (through > 0) this.#forward(chunk.subarray(0, through));
    if (through < chunk.length) {
      this.#isHeld = true;
      this.#held.push(chunk.subarray(through));
    }
  }

  #forward(chunk: Buffer): void {
    if (!this.#target.destroyed && !this.#target.write(chunk)) this.#source.pause();
  }
}

/** A connection through the proxy: `up` to the server, `down` to the client. */
export class ProxyConnection {
  readonly up: Lane;
  readonly down: Lane;
  readonly #sockets: readonly Socket[];

  constructor(client: Socket, server: Socket, onClose: () => void) {
    this.#sockets = [client, server];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => {
        this.cut();
        onClose();
      });
    }
    this.up = new Lane(client, server);
    this.down = new Lane(server, client);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Stands before a server at an address that stays, whatever becomes of the server. */
export class TcpProxy {
  /** Where connections are led now; undefined: they are cut at once. */
  targetPort: number | undefined;
  readonly connections = new Set<ProxyConnection>();
  /** Sees every connection before its first byte. */
  onConnection: (connection: ProxyConnection) => void = () => undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(targetPort?: number): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    proxy.targetPort = targetPort;
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** From now on nothing gets through in one direction, and nobody is told; until `heal`. */
  mute(direction: 'up' | 'down'): void {
    for (const connection of this.connections) connection[direction].hold();
    this.onConnection = (connection) => connection[direction].hold();
  }

  /** What was held is lost, and with it its connections; new ones get through. */
  heal(): void {
    this.onConnection = () => undefined;
    this.cut();
  }

  /** Ends every connection as a lost network would. */
  cut(): void {
    for (const connection of this.connections) connection.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (this.targetPort === undefined) {
      client.destroy();
      return;
    }
    const server = connect(this.targetPort, '127.0.0.1');
    const connection = new ProxyConnection(client, server, () => {
      this.connections.delete(connection);
    });
    this.connections.add(connection);
    this.onConnection(connection);
  }
}
