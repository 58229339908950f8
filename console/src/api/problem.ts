/** A request that the gateway refused, or that did not reach it; in words for the screen. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    status: number,
    retryAfterMs?: number,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Only another key helps. */
  get isAboutAccess(): boolean {
    return this.status === 401 || this.status === 403;
  }

  static from(thrown: unknown): ApiProblem {
    if (thrown instanceof ApiProblem) return thrown;
    const isTimeout = thrown instanceof DOMException && thrown.name === 'TimeoutError';
    const message = isTimeout ? 'The gateway takes too long' : 'The gateway does not answer';
    return new ApiProblem(message, 0, undefined, { cause: thrown });
  }

  /** What an answer other than 2xx says: application/problem+json (RFC 9457), or its status. */
  static async ofResponse(response: Response): Promise<ApiProblem> {
    const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
    let said: unknown;
    try {
      said = await response.json();
    } catch {
      said = undefined;
    }
    const { title, detail } = (said ?? {}) as { title?: unknown; detail?: unknown };
    const words = [detail, title].find((text) => typeof text === 'string' && text !== '');
    const message = (words as string | undefined) ?? `The gateway answered ${response.status}`;
    return new ApiProblem(message, response.status, retryAfterMs);
  }
}

/** Seconds are what the gateway sends; a date is not understood, and the usual wait is taken. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null || !/^\d+$/.test(header)) return undefined;
  return Number(header) * 1_000;
}
