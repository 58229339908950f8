import { type Framing, MessageFramer } from './message-framer.ts';
import { type ProxyConnection, TcpProxy } from './tcp-proxy.ts';

// HTTP/2 (RFC 9113): the client's preface, then frames of a 9-byte header (length, type, flags,
// stream) and a payload.
const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;
const DATA_FRAME = 0;
/** A Hello is smaller; what is larger is (part of) a batch. */
const BATCH_FRAME_BYTES_MIN = 300;

const FRAMES: Framing = {
  prefaceBytes: PREFACE_BYTES,
  headerBytes: HEADER_BYTES,
  lengthOf: (header) => HEADER_BYTES + header.readUIntBE(0, 3),
  wantedOf: () => HEADER_BYTES,
};

/** Stands between producers and a worker and can stop a batch on its way. */
export class IngestProxy {
  readonly tcp: TcpProxy;
  #caught: ((connection: ProxyConnection) => void) | undefined;

  private constructor(tcp: TcpProxy) {
    this.tcp = tcp;
    tcp.onConnection = (connection) => this.#watch(connection);
  }

  static async start(): Promise<IngestProxy> {
    return new IngestProxy(await TcpProxy.start());
  }

  /** Resolves once half of a batch's frame has been sent on; its other half is held. */
  catchBatch(): Promise<ProxyConnection> {
    return new Promise((resolve) => {
      this.#caught = resolve;
    });
  }

  disarm(): void {
    this.#caught = undefined;
  }

  /** Producers hear nothing any more on the connections that are open. */
  withholdAcks(): void {
    for (const connection of this.tcp.connections) connection.down.hold();
  }

  #watch(connection: ProxyConnection): void {
    const framer = new MessageFramer(FRAMES);
    connection.up.valve = (chunk) => {
      let through = chunk.length;
      framer.push(chunk, (header, endOffset, length) => {
        const caught = this.#caught;
        const isBatch = header[3] === DATA_FRAME && length >= BATCH_FRAME_BYTES_MIN;
        if (!isBatch || caught === undefined) return;
        this.#caught = undefined;
        through = Math.min(endOffset + Math.floor((length - HEADER_BYTES) / 2), chunk.length);
        setImmediate(() => {
          connection.up.hold();
          caught(connection);
        });
      });
      return through;
    };
  }
}
