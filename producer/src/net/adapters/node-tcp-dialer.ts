import { connect, type Socket } from 'node:net';
import { FeedmillError } from '@feedmill/core/errors';
import { CONNECT_TIMEOUT_MS } from '../limits.ts';
import type { TcpConnection, TcpDialer, TcpListener } from '../tcp-dialer.ts';

const KEEP_ALIVE_MS = 10_000;

/** TCP on the real network. */
export class NodeTcpDialer implements TcpDialer {
  open(
    host: string,
    port: number,
    listener: TcpListener,
    signal: AbortSignal,
  ): Promise<TcpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      // A connection whose other side has vanished would otherwise look silent for ever.
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      let isOpen = false;
      let failure = '';
      const timer = setTimeout(() => {
        failure = `no answer within ${CONNECT_TIMEOUT_MS} ms`;
        socket.destroy();
      }, CONNECT_TIMEOUT_MS);
      const abort = (): void => void socket.destroy();
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      socket.on('connect', () => {
        clearTimeout(timer);
        isOpen = true;
        resolve(connectionOf(socket));
      });
      socket.on('data', (bytes: Buffer) => listener.onBytes(bytes));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        failure = error.code ?? error.message;
      });
      socket.on('close', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        const why = failure === '' ? 'closed by the other side' : failure;
        if (isOpen) listener.onClose(why);
        else
          reject(new FeedmillError('SOURCE_FAILED', `${host}:${port} cannot be reached (${why}).`));
      });
    });
  }
}

const connectionOf = (socket: Socket): TcpConnection => ({
  write: (text) => {
    if (socket.writable) socket.write(text);
  },
  pause: () => void socket.pause(),
  resume: () => void socket.resume(),
  destroy: () => void socket.destroy(),
});
