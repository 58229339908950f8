/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly code: number;
  /** What the server asks to wait before the next try, ms. */
  readonly retryAfterMs?: number;
  readonly text: string;
}

/** What comes of an answer that is read as it arrives. */
export interface StreamListener {
  onText(text: string): void;
}

/** HTTP to one API server, with whatever proves who we are. */
export interface KubeTransport {
  /** @throws FeedmillError API_UNAVAILABLE where no whole answer comes within `timeoutMs` */
  send(request: ApiRequest, timeoutMs: number): Promise<ApiAnswer>;
  /**
   * Resolves when the server ends a successful answer, after everything went to the listener, or
   * with an answer that is no success.
   *
   * @param silenceMs the answer is cut when nothing arrives for this long
   * @throws FeedmillError API_UNAVAILABLE where the connection breaks, falls silent or is aborted
   */
  stream(
    request: ApiRequest,
    listener: StreamListener,
    silenceMs: number,
    signal: AbortSignal,
  ): Promise<ApiAnswer>;
  close(): void;
}
