import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { until } from './waiting.ts';

/** What a path answers by HTTP. */
export interface RestAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** One connection to the venue, as the test plays it. */
export class VenueConnection {
  readonly #socket: WebSocket;
  /** Counts connections from 0. */
  readonly index: number;
  readonly url: string;
  /** What the client has sent. */
  readonly received: string[] = [];
  isClosed = false;

  constructor(socket: WebSocket, index: number, url: string) {
    this.#socket = socket;
    this.index = index;
    this.url = url;
    socket.on('message', (data: Buffer) => this.received.push(data.toString('utf8')));
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', () => undefined);
  }

  /** Waits until the client has sent something that matches. */
  async hears(words: RegExp): Promise<string> {
    return await until(`the client sends ${words}`, () =>
      this.received.find((text) => words.test(text)),
    );
  }

  /** Sends a message, once there is room for it on the way. */
  async send(text: string): Promise<void> {
    if (this.isClosed) return;
    while (this.#socket.bufferedAmount > 1024 * 1024 && !this.isClosed) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    this.#socket.send(text);
  }

  async sendAll(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.send(text);
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket.terminate();
  }
}

export interface VenueScript {
  /** Plays one connection; runs beside those before it. */
  readonly play: (connection: VenueConnection) => Promise<void>;
  /** Answers REST; undefined is 404. `count` counts the requests of this path from 1. */
  readonly rest?: (
    path: string,
    count: number,
    headers: IncomingHttpHeaders,
  ) => RestAnswer | undefined;
}

/** A venue on loopback: a real websocket server with REST beside it, which a test plays. */
export class VenueServer {
  readonly #http = createServer((request, response) => this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#http });
  readonly #script: VenueScript;
  readonly connections: VenueConnection[] = [];
  readonly requests: { path: string; atMs: number }[] = [];
  /** What went wrong while a connection was played. */
  failure: unknown;

  private constructor(script: VenueScript) {
    this.#script = script;
    this.#sockets.on('connection', (socket, request) => {
      const connection = new VenueConnection(socket, this.connections.length, request.url ?? '');
      this.connections.push(connection);
      script.play(connection).catch((error: unknown) => {
        this.failure ??= error;
      });
    });
  }

  static async open(script: VenueScript): Promise<VenueServer> {
    const server = new VenueServer(script);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** The parameters of a `live:` SPEC that lead here. */
  get parameters(): string {
    return `url=ws://127.0.0.1:${this.port}&rest=http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.cut();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    this.requests.push({ path, atMs: performance.now() });
    const count = this.requests.filter((each) => each.path === path).length;
    const answer = this.#script.rest?.(path, count, request.headers);
    response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200), answer?.headers);
    response.end(answer?.body ?? 'nothing here');
  }
}
