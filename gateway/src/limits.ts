import assert from 'node:assert/strict';

const MIB = 1024 * 1024;

/** Bounds of a gateway. Each names what happens when it is reached. */
export const LIMITS = {
  /** Rows of one page. More come with the next cursor. */
  rowsDefault: 1_000,
  rowsMax: 50_000,
  /** Instruments that one request may name, as names or after a pattern was looked up. */
  instrumentsMax: 100,
  summaryInstrumentsMax: 1_000,
  /** Widest range of one question about single events, and about bars in bars. */
  eventRangeDaysMax: 366,
  barsRangeMax: 600_000,
  summaryRangeDaysMax: 3_660,
  /** Bars of the stored step that one query reads to make larger ones. */
  rollUpRowsMax: 100_000,

  /** Names of instruments whose ids are remembered; the oldest is forgotten. */
  namesMax: 100_000,
  /** Instruments that are looked at to tell the venues of each feed, and how often. */
  venueInstrumentsMax: 2_000,
  venuesRefreshMs: 30_000,
  /** How long an answer about the feeds stays new, whoever asks meanwhile. */
  feedFactsMs: 1_000,
  /** Alerts of rules that are shown beside those of shards: how far back, and how many. */
  marketAlertMs: 60 * 60_000,
  marketAlertsMax: 50,
  /** Reports of drills that are shown, and how long one may be; older ones are left out. */
  drillReportsMax: 200,
  drillReportBytesMax: 16 * 1024,

  /**
   * A supervisor that is asked to start, stop or pace a market, which takes a connector's stop, or
   * to begin a switchover; and how much is asked of it at once.
   */
  wishWaitMs: 15_000,
  wishesMax: 16,

  /** Postgres sessions. Each costs the server some 10 MB; what finds none waits in its class. */
  connectionsMax: 8,
  connectTimeoutMs: 2_000,
  idleTimeoutMs: 60_000,
  /** Failures in a row that open the circuit breaker, and how long it stays open at first. */
  breakerFailures: 3,
  breakerOpenMs: 500,
  breakerOpenMaxMs: 8_000,
  /** How long a strong read waits until Postgres holds what was acknowledged. */
  strongWaitMs: 2_000,
  strongPollMs: 5,

  /** Largest body of a request; a larger one is refused with 413. */
  bodyBytesMax: 64 * 1024,
  /** Longest path and query; a longer one is refused with 414. */
  urlBytesMax: 8 * 1024,
  /** A socket that has not sent its headers, or its request, by then is closed. */
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 30_000,
  /** Sockets beyond this are closed at once. */
  socketsMax: 8_192,
  /** A refused client may come back after so long. */
  retryAfterSeconds: 1,

  /** Requests a second of one address, with or without a key, and how many at once. */
  addressRequestsPerSecond: 500,
  addressBurst: 1_000,
  /** Failed logins of one address a second: a guess costs an scrypt. */
  failuresPerSecond: 1,
  failuresBurst: 20,
  /** Addresses and keys whose rate is remembered; the longest idle is forgotten. */
  bucketsMax: 50_000,
  /** Keys are read again after this: a revoked one works no longer than that. */
  keysRefreshMs: 5_000,
  unknownKeyRefreshMs: 250,
  /** Verified tokens that are remembered, so that scrypt runs once for each. */
  verifiedTokensMax: 10_000,
  /** scrypt runs under way; who comes beyond it is told to come again. */
  verificationsMax: 8,
  tokenCharsMax: 8 * 1024,

  /** An event loop that is late by this much takes no history, and by this much no latest. */
  shedHistoryLagMs: 150,
  shedLatestLagMs: 1_000,
  loopLagSampleMs: 100,
  /** How often workers are asked for their state, and how long the answers are kept. */
  observeIntervalMs: 1_000,
  rateSamplesMax: 300,

  /** Static files of the console, all together, held in memory. */
  consoleBytesMax: 8 * MIB,
} as const;

export type GatewayLimits = { readonly [Name in keyof typeof LIMITS]: number };

/** The relations that the code relies on. Called once at start. */
export function assertLimits(limits: GatewayLimits): void {
  assert(limits.rowsDefault <= limits.rowsMax);
  assert(limits.headersTimeoutMs <= limits.requestTimeoutMs);
  assert(limits.breakerOpenMs <= limits.breakerOpenMaxMs);
  assert(limits.shedHistoryLagMs < limits.shedLatestLagMs);
  assert(limits.strongPollMs < limits.strongWaitMs);
}
