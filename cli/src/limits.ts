import assert from 'node:assert/strict';

/** Bounds of the command and of its supervisor. Each names what it protects. */
export const LIMITS = {
  /** Workers of one machine: each takes a core's share, a Postgres connection and 100 MB. */
  shardsMax: 64,
  /** Sources of one command; each is a process. */
  sourcesMax: 64,
  /** First choice of ports, so that they are the same in every run; others where taken. */
  grpcPortBase: 7400,
  httpPortBase: 7500,
  gatewayPort: 7600,
  gatewayHttpPort: 7601,
  witnessPort: 7602,
  /** The second region of this machine listens so far above the first. */
  regionPortStep: 300,

  /** How long a starting command waits for a short one (sql, verify) that holds the folder. */
  lockWaitMs: 15_000,
  lockPollMs: 100,
  /** Taking over a dead holder's lock is settled after this; renames are much faster. */
  lockSettleMs: 50,

  /** Restarting a child: first delay and cap of the backoff, and the life that resets it. */
  restartBaseMs: 100,
  restartCapMs: 5_000,
  restartResetMs: 10_000,
  /** Crashes in a row before the first `ready`: by then it is not chance, the start has failed. */
  startCrashesMax: 3,
  /** A worker replays its journal before it is ready: minutes at most for the whole budget. */
  workerReadyMs: 180_000,
  readyPollMs: 20,
  /** The idle workers start once the sources are welcomed, or after this. */
  welcomeWaitMs: 5_000,

  /** A connector that is told to stop sends nothing new and leaves its rest to the next start. */
  connectorStopMs: 10_000,
  /** A gateway ends what is under way; its longest question is cancelled after this. */
  gatewayStopMs: 12_000,
  /** The first rows come before the API and the console, which start after this at the latest. */
  gatewayDelayMs: 3_000,
  /** `up --json` tells the address of the API in its first document, if it answers by then. */
  gatewayReadyMs: 15_000,
  /** The worker's own drain limit is 60 s; beyond that and some it is not coming back. */
  workerStopMs: 75_000,
  /** Children left by a killed supervisor drain by themselves; the same limit and some. */
  leftoverWaitMs: 80_000,
  leftoverTellMs: 2_000,
  leftoverPollMs: 50,
  /** Two regions wait so long for such children to give back the ports that they were told of. */
  leftoverPortsMs: 5_000,
  /** `down` waits for connectors, workers and Postgres, in that order. */
  downWaitMs: 150_000,

  /** How long a shard may take to commit what it holds of a producer that moves away. */
  releaseWaitMs: 75_000,
  releasePollMs: 50,
  /** A region that was lost starts, recovers and catches up in seconds. */
  regionsInSyncMs: 120_000,
  /** A kind cluster whose node was killed comes back in a minute or so on a small machine. */
  kindInSyncMs: 300_000,
  /** A soak goes on for as long as it was told to. */
  soakRepetitions: 100_000,
  /** How long a planned switchover may take before it is given up: producers wait meanwhile. */
  switchoverMs: 2_000,
  /** Switchovers that the API lists; the oldest is forgotten. */
  switchoversKept: 20,
  /** A drill looks this often at what is acknowledged: its times are exact to that. */
  drillLookMs: 2,
  /** Events published at a time by a drill's producer. */
  drillChunkEvents: 256,
  /** A drill's producer that is further behind goes on from now instead of catching up. */
  drillBacklogEvents: 2_048,
  /** How long acknowledgements may take to resume before a drill counts as failed. */
  drillResumeMs: 60_000,
  /** What a drill sends before the fault, and has acknowledged after it, before it goes on. */
  drillWarmUpMs: 500,
  /** How often a connector says how far it is. */
  reportIntervalMs: 250,
  /** How often the supervisor asks workers for their state and redraws. */
  observeIntervalMs: 500,
  /** Whether Postgres still runs is asked this often: a restart takes a second anyway. */
  postgresWatchMs: 500,
  /** A rate is the change over this window: short enough to follow, long enough to be calm. */
  rateWindowMs: 3_000,
  /** How often a line is logged where there is no terminal. */
  plainIntervalMs: 5_000,
  /** More feeds than this are summed up in one plain line. */
  plainFeedsMax: 8,

  /** A child's log is set aside once beyond this size: two such files a child at most. */
  childLogBytesMax: 16 * 1024 * 1024,
  /** Read of a child's log at a time, and how much of its end is searched for its last words. */
  logReadBytes: 64 * 1024,
  /** Lines of one child shown at a time; the rest is in its log. */
  noticesPerPollMax: 3,

  /** Window over a journal that is read; an entry is at most half of it by default. */
  journalReadBytes: 9 * 1024 * 1024,
  /** How long status waits for a worker that may just be starting again. */
  statusWaitMs: 3_000,
  /** How long verify waits until a running worker has committed what it had acknowledged. */
  verifyWaitMs: 20_000,
  /** Connecting to Postgres, from sql, verify and the counting at the end of a run. */
  databaseConnectMs: 10_000,
  /** Rows fetched at a time by `sql`; memory is bounded by this, not by the result. */
  sqlFetchRows: 1_000,
  /** Widest column of a table on a terminal before its text is cut. */
  sqlCellColumnsMax: 60,
} as const;

/** The relations that the code relies on. Called once at start. */
export function assertLimits(): void {
  assert(LIMITS.grpcPortBase + LIMITS.shardsMax <= LIMITS.httpPortBase);
  assert(LIMITS.grpcPortBase + LIMITS.regionPortStep > LIMITS.witnessPort);
  assert(LIMITS.downWaitMs > LIMITS.connectorStopMs + LIMITS.workerStopMs);
  assert(LIMITS.leftoverWaitMs > LIMITS.workerStopMs);
  assert(LIMITS.restartBaseMs < LIMITS.restartCapMs);
}
