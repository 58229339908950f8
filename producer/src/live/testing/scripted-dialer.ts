import { FeedmillError } from '@feedmill/core/errors';
import type { Socket, SocketDialer, SocketListener } from '../web-socket.ts';

/** A websocket that a test plays the venue of. */
export class ScriptedSocket implements Socket {
  readonly sent: string[] = [];
  readonly #listener: SocketListener;
  pings = 0;
  isPaused = false;
  isOpen = true;

  constructor(listener: SocketListener) {
    this.#listener = listener;
  }

  /** The venue sends a message. */
  says(text: string): void {
    this.#listener.onMessage(text);
  }

  /** The venue answers a ping. */
  pongs(): void {
    this.#listener.onPong();
  }

  /** The venue ends the connection. */
  closes(reason = 'closed with 1006'): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#listener.onClose(reason);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings += 1;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  terminate(): void {
    this.closes('terminated');
  }
}

/** Opens scripted websockets, and fails as often as it is told to. */
export class ScriptedDialer implements SocketDialer {
  readonly sockets: ScriptedSocket[] = [];
  /** Times at which one was asked for. */
  dials = 0;
  failures = 0;

  get last(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nothing was opened');
    return socket;
  }

  async open(_url: string, listener: SocketListener, signal: AbortSignal): Promise<Socket> {
    this.dials += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new FeedmillError('SOURCE_FAILED', 'It cannot be opened (ECONNREFUSED).');
    }
    const socket = new ScriptedSocket(listener);
    this.sockets.push(socket);
    signal.addEventListener('abort', () => socket.terminate(), { once: true });
    return socket;
  }
}
