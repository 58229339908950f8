import type { ServerResponse } from 'node:http';
import type { LiveClient, LiveOutlet } from './live-client.ts';

const RETRY_MS = 1_000;

/** Server-Sent Events over the response of a request. */
export class SseOutlet implements LiveOutlet {
  readonly wire = 'sse';
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Ties the connection to the client that writes to it. */
  serve(client: LiveClient): void {
    this.#response.on('drain', () => client.onWritable());
    this.#response.on('close', () => client.onClosed());
    if (this.#response.destroyed) client.onClosed();
  }

  write(text: string): boolean {
    return this.#response.write(text);
  }

  end(reason: string): void {
    this.#response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    // One that takes nothing would hold the last of it for ever.
    if (this.#response.writableNeedDrain) this.#response.destroy();
  }
}
