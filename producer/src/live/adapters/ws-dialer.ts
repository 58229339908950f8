import { FeedmillError } from '@feedmill/core/errors';
import { WebSocket } from 'ws';
import { CONNECT_TIMEOUT_MS } from '../../net/limits.ts';
import { MESSAGE_BYTES_MAX } from '../limits.ts';
import type { Socket, SocketDialer, SocketListener } from '../web-socket.ts';

/** Websockets on the real network. */
export class WsDialer implements SocketDialer {
  open(url: string, listener: SocketListener, signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        handshakeTimeout: CONNECT_TIMEOUT_MS,
        maxPayload: MESSAGE_BYTES_MAX,
        perMessageDeflate: true,
      });
      let isOpen = false;
      let failure = '';
      const abort = (): void => socket.terminate();
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      socket.on('open', () => {
        isOpen = true;
        resolve(new WsSocket(socket));
      });
      socket.on('message', (data) => listener.onMessage(textOf(data)));
      socket.on('pong', listener.onPong);
      // The venue's own question; the library answers it.
      socket.on('ping', listener.onPong);
      socket.on('error', (error) => {
        failure = error.message || (error as NodeJS.ErrnoException).code || 'an error';
      });
      socket.on('close', (code, reason) => {
        signal.removeEventListener('abort', abort);
        const said = reason.length > 0 ? `: ${reason.toString('utf8')}` : '';
        const why = failure === '' ? `closed with ${code}${said}` : failure;
        if (isOpen) listener.onClose(why);
        else reject(new FeedmillError('SOURCE_FAILED', `${url} cannot be opened (${why}).`));
      });
    });
  }
}

class WsSocket implements Socket {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
