import { ControlClient, stateUntil } from '@feedmill/core/adapters/control-client';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { ownValue } from '@feedmill/core/own-value';
import type { CommandContext } from '../command-context.ts';
import { readLockHolder } from '../folder-lock.ts';
import { LIMITS } from '../limits.ts';
import type { LocalState, SourceState, WorkerState } from '../local-state.ts';
import type { FeedRow } from '../status-block/feed-row.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import { feedRow, producerOf } from '../supervisor/feed-rows.ts';

/** Rates are what has become durable between two looks. */
const RATE_WINDOW_MS = 500;
const NANOS_PER_MS = 1_000_000n;

/** Figures of a feed whose worker does not answer. */
const UNKNOWN = {
  durable: Number.NaN,
  committed: Number.NaN,
  lagMs: Number.NaN,
  gaps: Number.NaN,
  duplicates: Number.NaN,
  deadLetters: Number.NaN,
};

const DONE = {
  isRunning: false,
  isDone: true,
  isHalted: false,
  hasFailed: false,
  report: undefined,
};

/** What `status --json` says. */
export interface StatusDocument {
  readonly dir: string;
  readonly state: 'running' | 'starting' | 'stopped';
  readonly command: string;
  readonly pid: number | null;
  readonly started: string;
  readonly stopped: string | null;
  readonly upSeconds: number | null;
  /** With its password. */
  readonly postgres: string | null;
  /** Where the API and the console are; null where there is none. */
  readonly api: string | null;
  readonly shards: readonly (Omit<ShardSnapshot, 'producers'> & ShardAddresses)[];
  readonly feeds: readonly FeedStatus[];
}

interface ShardAddresses {
  readonly grpc: string;
  readonly metrics: string;
  readonly pid: number | null;
}

/** A feed's line and its further counts. */
export interface FeedStatus extends FeedRow {
  readonly source: string;
  readonly duplicates: number;
  readonly deadLetters: number;
}

/** Two looks at every worker, in the order of the state; undefined where one does not answer. */
interface Looks {
  readonly earlier: readonly (ShardSnapshot | undefined)[];
  readonly latest: readonly (ShardSnapshot | undefined)[];
}

/** Asks every worker of a running Feedmill, twice for the rates. */
export async function statusOf(
  dir: string,
  state: LocalState,
  context: CommandContext,
): Promise<StatusDocument> {
  const { clock } = context;
  const holder = await readLockHolder(dir);
  const isRunning = holder !== undefined && holder.process.pid === state.supervisor.pid;
  const shardOf = (await readBindingsRecord(dir))?.shardOf ?? {};
  const looks = isRunning ? await lookTwice(state, clock) : { earlier: [], latest: [] };
  const isUp = looks.latest.some((snapshot) => snapshot !== undefined);
  const nowMs = Number(clock.wallNanos() / NANOS_PER_MS);
  return {
    dir,
    state: !isRunning ? 'stopped' : isUp ? 'running' : 'starting',
    command: state.command,
    pid: isRunning ? state.supervisor.pid : null,
    started: state.started,
    stopped: isRunning ? null : (state.stopped ?? null),
    upSeconds: isRunning ? Math.round((nowMs - Date.parse(state.started)) / 1000) : null,
    postgres: state.postgres?.url ?? null,
    api: isRunning ? (state.gateway?.url ?? null) : null,
    shards: state.workers.flatMap((worker, at) => shardStatus(worker, looks.latest[at])),
    feeds: state.sources.map((source) => {
      const shard = ownValue(shardOf, source.producer);
      return isRunning ? runningFeed(source, shard, looks) : stoppedFeed(source, shard);
    }),
  };
}

async function lookTwice(state: LocalState, clock: Clock): Promise<Looks> {
  const clients = state.workers.map(({ grpcAddress }) =>
    grpcAddress === undefined ? undefined : new ControlClient(grpcAddress),
  );
  // A worker that was just killed is back within moments.
  const deadlineMs = clock.monotonicMs() + LIMITS.statusWaitMs;
  const lookAt = async (client: ControlClient | undefined) =>
    client && (await stateUntil(client, deadlineMs, clock).catch(() => undefined));
  const look = () => Promise.all(clients.map(lookAt));
  try {
    const earlier = await look();
    await sleep(clock, RATE_WINDOW_MS);
    return { earlier, latest: await look() };
  } finally {
    for (const client of clients) client?.close();
  }
}

function shardStatus(
  { grpcAddress, httpAddress, process }: WorkerState,
  snapshot: ShardSnapshot | undefined,
): StatusDocument['shards'] {
  if (snapshot === undefined) return [];
  const { producers: _, ...figures } = snapshot;
  const metrics = `http://${httpAddress ?? ''}/metrics`;
  return [{ ...figures, grpc: grpcAddress ?? '', metrics, pid: process?.pid ?? null }];
}

function runningFeed(
  { producer, spec, isDone }: SourceState,
  shard: number | undefined,
  { earlier, latest }: Looks,
): FeedStatus {
  const find = (snapshot: ShardSnapshot | undefined) => snapshot?.shard === shard;
  const snapshot = latest.find(find);
  const held = producerOf(snapshot, producer);
  const before = producerOf(earlier.find(find), producer);
  const fresh = before === undefined ? 0 : (held?.durable ?? 0) - before.durable;
  const isUp = snapshot !== undefined;
  const worker = { isUp, wasReady: true, hasFailed: false, snapshot };
  const connector = isDone === true ? DONE : undefined;
  const eventsPerSecond = (fresh * 1000) / RATE_WINDOW_MS;
  return {
    ...feedRow({ producer, shard, eventsPerSecond, isStopping: false, worker, connector }),
    ...(held === undefined
      ? UNKNOWN
      : { duplicates: held.duplicates, deadLetters: held.deadLetters }),
    source: spec,
  };
}

/** What was noted down when everything stopped; nothing is, where the first start was killed. */
function stoppedFeed(source: SourceState, shard: number | undefined): FeedStatus {
  const { producer, spec, isDone } = source;
  const condition = isDone === true ? 'done' : 'stopped';
  const figures = {
    durable: source.durable ?? Number.NaN,
    committed: source.committed ?? Number.NaN,
    gaps: source.gaps ?? Number.NaN,
    duplicates: source.duplicates ?? Number.NaN,
    deadLetters: source.deadLetters ?? Number.NaN,
  };
  return { producer, shard, eventsPerSecond: 0, lagMs: 0, condition, source: spec, ...figures };
}
