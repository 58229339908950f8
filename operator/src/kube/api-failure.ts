import { FeedmillError } from '@feedmill/core/errors';

/** What the API server said when it refused. */
export interface ApiStatus {
  readonly code: number;
  /** Such as `NotFound`, `Conflict`, `Expired`. */
  readonly reason: string;
  readonly message: string;
  /** How long the server asks to wait, ms. */
  readonly retryAfterMs?: number;
}

/** Cause of an error that the API server answered with. */
class ApiRefusal extends Error {
  readonly status: ApiStatus;

  constructor(status: ApiStatus) {
    super(status.message);
    this.status = status;
  }
}

const RETRYABLE_CODES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** The error for an answer that is no success. */
export function apiRefused(status: ApiStatus, what: string): FeedmillError {
  const passes = RETRYABLE_CODES.has(status.code);
  return new FeedmillError(
    passes ? 'API_UNAVAILABLE' : 'API_REFUSED',
    `The API server answered ${what} with ${status.code} ${status.reason}: ${status.message}`,
    { cause: new ApiRefusal(status) },
  );
}

/** The error for a request that has no answer. */
export function apiAway(what: string, cause: unknown): FeedmillError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FeedmillError('API_UNAVAILABLE', `The API server does not answer ${what}: ${why}`, {
    cause,
  });
}

/** What the server said; undefined where it was never reached. */
export function apiStatusOf(error: unknown): ApiStatus | undefined {
  const cause = error instanceof FeedmillError ? error.cause : undefined;
  return cause instanceof ApiRefusal ? cause.status : undefined;
}

export const isNotFound = (error: unknown): boolean => apiStatusOf(error)?.code === 404;

/** Somebody else has written the object since it was read, or has made it first. */
export const isConflict = (error: unknown): boolean => apiStatusOf(error)?.code === 409;

/** The list or watch is too old for the server: everything has to be listed anew. */
export const isExpired = (error: unknown): boolean => apiStatusOf(error)?.code === 410;
