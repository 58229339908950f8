import { type Framing, MessageFramer } from './message-framer.ts';
import { type ProxyConnection, TcpProxy } from './tcp-proxy.ts';

/** Where a commit is caught. */
export type CommitPoint =
  /** The state of a producer is about to be written. */
  | 'in-checkpoint'
  /** Half of the rows of a COPY have reached the server. */
  | 'in-copy'
  /** The server has committed and says so; the worker does not hear it. */
  | 'committed';

// Messages begin with a letter and their length, only the very first has no letter: there the
// length's first byte stands in its place, which is zero. (Postgres manual, Message Formats.)
const LENGTH_BYTES = 4;
const HEADER_BYTES = 1 + LENGTH_BYTES;
const PARSE = 'P'.charCodeAt(0);
const COPY_DATA = 'd'.charCodeAt(0);
const COMMAND_COMPLETE = 'C'.charCodeAt(0);
const COMMIT_TAG = Buffer.from('COMMIT\0');
/** An unnamed statement, which is prepared to be run at once. */
const SAVE_STATE = Buffer.from('\0\ninsert into feedmill.producer_state');

const lengthOf = (header: Buffer): number =>
  header[0] === 0 ? header.readUInt32BE(0) : 1 + header.readUInt32BE(1);

const FROM_CLIENT: Framing = {
  prefaceBytes: 0,
  headerBytes: HEADER_BYTES,
  lengthOf,
  wantedOf: (header) =>
    header[0] === PARSE
      ? Math.min(lengthOf(header), HEADER_BYTES + SAVE_STATE.length)
      : HEADER_BYTES,
};

const FROM_SERVER: Framing = {
  ...FROM_CLIENT,
  wantedOf: (header) => Math.min(lengthOf(header), HEADER_BYTES + COMMIT_TAG.length),
};

interface Ambush {
  readonly point: CommitPoint;
  readonly caught: (connection: ProxyConnection) => void;
}

/** Stands between a worker and Postgres and can stop a commit at a named point. */
export class PostgresProxy {
  readonly tcp: TcpProxy;
  #ambush: Ambush | undefined;

  private constructor(tcp: TcpProxy) {
    this.tcp = tcp;
    tcp.onConnection = (connection) => this.#watch(connection);
  }

  static async start(postgresPort: number): Promise<PostgresProxy> {
    return new PostgresProxy(await TcpProxy.start(postgresPort));
  }

  /** The same URL by way of the proxy. */
  urlOf(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.tcp.port);
    return changed.href;
  }

  /** Resolves once a commit has come to `point`; from then on its connection is held. */
  catchAt(point: CommitPoint): Promise<ProxyConnection> {
    return new Promise((resolve) => {
      this.#ambush = { point, caught: resolve };
    });
  }

  /** Lets the next commit pass after all. */
  disarm(): void {
    this.#ambush = undefined;
  }

  #watch(connection: ProxyConnection): void {
    const fromClient = new MessageFramer(FROM_CLIENT);
    const fromServer = new MessageFramer(FROM_SERVER);
    connection.up.valve = (chunk) => {
      let through = chunk.length;
      fromClient.push(chunk, (start, endOffset, length) => {
        const isSave = start[0] === PARSE && start.includes(SAVE_STATE);
        if (isSave && this.#ambush?.point === 'in-checkpoint') {
          through = Math.max(0, endOffset - start.length);
          this.#spring(connection);
        }
        if (start[0] !== COPY_DATA || this.#ambush?.point !== 'in-copy') return;
        // At least one byte of it is kept back, even where this chunk has only its header.
        const half = endOffset + Math.floor((length - HEADER_BYTES) / 2);
        through = Math.min(half, chunk.length);
        this.#spring(connection);
      });
      return through;
    };
    connection.down.valve = (chunk) => {
      let through = chunk.length;
      fromServer.push(chunk, (start, endOffset) => {
        const isCommit = start[0] === COMMAND_COMPLETE && start.includes(COMMIT_TAG);
        if (!isCommit || this.#ambush?.point !== 'committed') return;
        through = Math.max(0, endOffset - start.length);
        this.#spring(connection);
      });
      return through;
    };
  }

  #spring(connection: ProxyConnection): void {
    const ambush = this.#ambush;
    this.#ambush = undefined;
    // What the valve lets through of this chunk is still sent; nothing after it.
    setImmediate(() => {
      connection.up.hold();
      connection.down.hold();
      ambush?.caught(connection);
    });
  }
}
