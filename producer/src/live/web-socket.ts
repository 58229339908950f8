/** What a websocket tells. */
export interface SocketListener {
  /** @param text a message; binary ones are decoded as UTF-8 */
  readonly onMessage: (text: string) => void;
  /** A sign of life without a message. */
  readonly onPong: () => void;
  /** It has ended, for a reason in words. Nothing comes after it. */
  readonly onClose: (reason: string) => void;
}

/** A websocket that is open. */
export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Stops reading: what the venue sends waits on the way. */
  pause(): void;
  resume(): void;
  /** Ends it at once; `onClose` follows. */
  terminate(): void;
}

/** Opens websockets; the network as a live feed sees it. */
export interface SocketDialer {
  /**
   * Resolves when the websocket is open.
   *
   * @throws FeedmillError SOURCE_FAILED when it cannot be opened in time
   */
  open(url: string, listener: SocketListener, signal: AbortSignal): Promise<Socket>;
}
