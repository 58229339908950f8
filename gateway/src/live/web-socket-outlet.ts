import type { WebSocket } from 'ws';
import { Problem } from '../problem.ts';
import type { LiveClient, LiveOutlet } from './live-client.ts';
import { TopicFilter } from './topic.ts';

/** What waits in the socket before a client counts as slow. */
const BUFFERED_BYTES_MAX = 64 * 1024;
const DRAIN_POLL_MS = 20;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_REFUSED = 1008;
// What a close frame can hold.
const REASON_CHARS_MAX = 100;

/** Messages over a WebSocket, each a JSON document: `{event, id, data}`. */
export class WebSocketOutlet implements LiveOutlet {
  readonly wire = 'webSocket';
  readonly #socket: WebSocket;
  readonly #schedule: (delayMs: number, callback: () => void) => void;
  #client: LiveClient | undefined;
  #isWaiting = false;

  constructor(socket: WebSocket, schedule: (delayMs: number, callback: () => void) => void) {
    this.#socket = socket;
    this.#schedule = schedule;
  }

  /** Ties the connection to the client that writes to it. */
  serve(client: LiveClient): void {
    this.#client = client;
    this.#socket.on('close', () => client.onClosed());
    this.#socket.on('error', () => client.onClosed());
    this.#socket.on('message', (bytes, isBinary) => {
      this.#onMessage(client, isBinary ? '' : (bytes as Buffer).toString());
    });
    if (this.#socket.readyState !== this.#socket.OPEN) client.onClosed();
  }

  write(text: string): boolean {
    this.#socket.send(text);
    if (this.#socket.bufferedAmount < BUFFERED_BYTES_MAX) return true;
    if (!this.#isWaiting) this.#waitForDrain();
    return false;
  }

  end(reason: string): void {
    const isStuck = this.#socket.bufferedAmount >= BUFFERED_BYTES_MAX;
    if (isStuck) this.#socket.terminate();
    else this.#socket.close(CLOSE_GOING_AWAY, reason.slice(0, REASON_CHARS_MAX));
  }

  /** A client may change what it follows: `{"topics": ["trades:AAPL.XNAS"]}`. */
  #onMessage(client: LiveClient, text: string): void {
    try {
      const { topics } = JSON.parse(text) as { readonly topics?: unknown };
      if (!Array.isArray(topics)) throw new Error('no topics');
      client.filter = TopicFilter.parse(topics.map(String).join(','));
      const data = JSON.stringify({ topics: client.filter.texts });
      client.send({ name: 'topics', data, cursor: undefined });
    } catch (error) {
      const why =
        error instanceof Problem ? error.message : 'A message must be {"topics": ["trades:…"]}.';
      this.#socket.close(CLOSE_REFUSED, why.slice(0, REASON_CHARS_MAX));
    }
  }

  /** ws tells nobody when its buffer has gone out. */
  #waitForDrain(): void {
    this.#isWaiting = true;
    this.#schedule(DRAIN_POLL_MS, () => {
      this.#isWaiting = false;
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (this.#socket.bufferedAmount >= BUFFERED_BYTES_MAX) this.#waitForDrain();
      else this.#client?.onWritable();
    });
  }
}
