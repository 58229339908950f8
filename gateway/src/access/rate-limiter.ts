import type { Clock } from '@feedmill/core/clock';

/** How many requests a second, and how many at once after a rest. */
export interface Rate {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface RateDecision {
  readonly isAllowed: boolean;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Whole seconds until the next request is allowed; 0 where it is. */
  readonly waitSeconds: number;
  /** Whole seconds until the burst is whole again. */
  readonly resetSeconds: number;
}

interface Bucket {
  tokens: number;
  sinceMs: number;
}

/** Token buckets by name. With too many the one that was idle for longest is forgotten. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #bucketsMax: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, bucketsMax: number) {
    this.#clock = clock;
    this.#bucketsMax = bucketsMax;
  }

  /** Takes one request from the bucket, where there is one. */
  take(name: string, rate: Rate): RateDecision {
    const bucket = this.#filled(name, rate);
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    return decision(isAllowed, bucket, rate);
  }

  /** Whether a request would be allowed, taking none. */
  peek(name: string, rate: Rate): RateDecision {
    const bucket = this.#filled(name, rate);
    return decision(bucket.tokens >= 1, bucket, rate);
  }

  #filled(name: string, { requestsPerSecond, burst }: Rate): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#buckets.get(name);
    const bucket = known ?? { tokens: burst, sinceMs: nowMs };
    const gained = ((nowMs - bucket.sinceMs) / 1000) * requestsPerSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.sinceMs = nowMs;
    // To the end: the first of the map is the one that was idle for longest.
    if (known !== undefined) this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > this.#bucketsMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}

function decision(isAllowed: boolean, { tokens }: Bucket, rate: Rate): RateDecision {
  const { requestsPerSecond, burst } = rate;
  return {
    isAllowed,
    remaining: Math.floor(tokens),
    waitSeconds: tokens >= 1 || isAllowed ? 0 : Math.ceil((1 - tokens) / requestsPerSecond),
    resetSeconds: Math.ceil((burst - tokens) / requestsPerSecond),
  };
}

/** RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimitHeaders(
  policy: string,
  { requestsPerSecond, burst }: Rate,
  { remaining, resetSeconds }: RateDecision,
): Record<string, string> {
  const windowSeconds = Math.max(1, Math.ceil(burst / requestsPerSecond));
  return {
    'ratelimit-policy': `"${policy}";q=${burst};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
  };
}
