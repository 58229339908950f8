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

/** Opens TCP connections. */
export interface TcpDialer {
  /**
   * Resolves when the connection is open.
   *
   * @throws FeedmillError SOURCE_FAILED when it cannot be opened in time
   */
  open(
    host: string,
    port: number,
    listener: TcpListener,
    signal: AbortSignal,
  ): Promise<TcpConnection>;
}
