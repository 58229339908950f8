/** Every kind of answer that is not a success: its status, and what it says. */
export const PROBLEMS = {
  'malformed-request': [400, 'The request is not well formed.'],
  unauthenticated: [401, 'No valid key or token came with the request.'],
  forbidden: [403, 'The key or token does not reach this far.'],
  'not-found': [404, 'There is no such thing.'],
  'method-not-allowed': [405, 'The resource is there, but not for this method.'],
  'not-acceptable': [406, 'None of the formats that Accept names is spoken here.'],
  'revisions-not-kept': [409, 'Earlier revisions of the bars were not kept.'],
  conflict: [409, 'The request does not fit the state of things.'],
  gone: [410, 'What the cursor points to is no longer held.'],
  'body-too-large': [413, 'The body is larger than allowed.'],
  'uri-too-long': [414, 'The path and query are longer than allowed.'],
  'unsupported-media-type': [415, 'The body is of a type that is not read here.'],
  'not-meaningful': [422, 'The request is well formed, but asks for what cannot be.'],
  'rate-limited': [429, 'Too many requests in a short time.'],
  'headers-too-large': [431, 'The headers are larger than allowed.'],
  internal: [500, 'A fault of the gateway itself.'],
  'store-unavailable': [503, 'Postgres does not answer.'],
  overloaded: [503, 'The gateway has more to do than it can.'],
  'not-caught-up': [503, 'Postgres does not hold yet what was acknowledged.'],
  unavailable: [503, 'What the request needs is not there now.'],
  'query-too-long': [504, 'The query took longer than it may.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemKind = keyof typeof PROBLEMS;

/** The body of an answer, application/problem+json of RFC 9457. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
}

export interface ProblemOptions {
  /** Whole seconds after which the same request may succeed. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with an answer that says what was seen, what is allowed and what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.kind = kind;
    this.status = PROBLEMS[kind][0];
    this.headers = {
      ...options.headers,
      ...(options.retryAfterSeconds !== undefined && {
        'retry-after': String(options.retryAfterSeconds),
      }),
    };
  }

  document(instance?: string): ProblemDocument {
    return {
      type: `https://feedmill.dev/problems/${this.kind}`,
      title: PROBLEMS[this.kind][1],
      status: this.status,
      detail: this.message,
      ...(instance !== undefined && { instance }),
    };
  }
}
