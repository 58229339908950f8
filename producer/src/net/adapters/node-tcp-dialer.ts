import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FeedmillError } from '@feedmill/core/errors';
import { CONNECT_TIMEOUT_MS } from '../limits.ts';
import type { TcpConnection, TcpDialer, TcpListener, TcpPlace, TcpTls } from '../tcp-dialer.ts';

const KEEP_ALIVE_MS = 10_000;

/** TCP on the real network, with TLS or without. */
export class NodeTcpDialer implements TcpDialer {
  async open(place: TcpPlace, listener: TcpListener, signal: AbortSignal): Promise<TcpConnection> {
    const { host, port, tls } = place;
    const socket =
      tls === undefined ? connect({ host, port, noDelay: true }) : await secureSocket(place, tls);
    return new Promise((resolve, reject) => {
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
      socket.on(tls === undefined ? 'connect' : 'secureConnect', () => {
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

/** @throws FeedmillError SOURCE_FAILED on a file that cannot be read or used */
async function secureSocket({ host, port }: TcpPlace, tls: TcpTls): Promise<Socket> {
  const ca = await fileOf('ca', tls.caFile);
  const cert = await fileOf('cert', tls.certFile);
  const key = await fileOf('key', tls.keyFile);
  const servername = tls.servername;
  try {
    // Node passes over a file without certificates, and would then blame the other side.
    if (ca !== undefined) void new X509Certificate(ca);
    return connectTls({
      host,
      port,
      minVersion: 'TLSv1.2',
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(servername && { servername }),
    }).setNoDelay(true);
  } catch (error) {
    const files = [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== undefined);
    const { message } = FeedmillError.from(error);
    throw new FeedmillError(
      'SOURCE_FAILED',
      `TLS to ${host}:${port} cannot use ${files.join(', ')} (${message}); give PEM files.`,
    );
  }
}

async function fileOf(name: string, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    const { message } = FeedmillError.from(error);
    throw new FeedmillError('SOURCE_FAILED', `The file of ${name} cannot be read: ${message}`);
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
