/** A request by HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What was answered, whatever the status. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** HTTP as a source sees it. */
export interface HttpClient {
  /**
   * @throws FeedmillError SOURCE_FAILED when no answer comes in time or it is too long
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

/**
 * How long a server asks to be left alone: Retry-After in seconds or as a date (RFC 9110, 10.2.3);
 * undefined where it does not.
 *
 * @param nowMs wall clock, for a date
 */
export function retryAfterMs(answer: HttpAnswer, nowMs: number): number | undefined {
  const text = answer.headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
