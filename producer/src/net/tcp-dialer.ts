/** What a TCP connection tells. */
export interface TcpListener {
  readonly onBytes: (bytes: Uint8Array) => void;
  /** It has ended, for a reason in words. Nothing comes after it. */
  readonly onClose: (reason: string) => void;
}

/** A TCP connection that is open. */
export interface TcpConnection {
  write(text: string): void;
  /** Stops reading: what is sent waits on the way. */
  pause(): void;
  resume(): void;
  /** Ends it at once; `onClose` follows. */
  destroy(): void;
}

/** TLS towards the other side; files are PEM, and read at each connection. */
export interface TcpTls {
  /** Who is trusted; undefined: the authorities that Node knows. */
  readonly caFile: string | undefined;
  /** What we show, and its key: both or neither. */
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** The name that its certificate must bear; undefined: the host. */
  readonly servername: string | undefined;
}

/** Where to connect. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
  /** Undefined: not encrypted. */
  readonly tls: TcpTls | undefined;
}

/** Opens TCP connections. */
export interface TcpDialer {
  /**
   * Resolves when the connection is open, and with TLS the other side is proved.
   *
   * @throws FeedmillError SOURCE_FAILED when it cannot be opened in time
   */
  open(place: TcpPlace, listener: TcpListener, signal: AbortSignal): Promise<TcpConnection>;
}
