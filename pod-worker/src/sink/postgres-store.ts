import { asPosition } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { isReferenceKind, type ReferenceKind } from '@feedmill/core/reference/reference-set';
import type { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import { saveStates, selectShardStates } from '@feedmill/store/checkpoint/save-states';
import { type Connect, unavailable } from '@feedmill/store/connection/connect';
import { pgErrorKind } from '@feedmill/store/connection/pg-error';
import {
  type ShardRecord,
  selectProducers,
  selectShards,
  selectStates,
} from '@feedmill/store/queries/progress';
import { selectReference, selectReferenceVersions } from '@feedmill/store/queries/reference';
import { selectPendingAlerts } from '@feedmill/store/queries/signals';
import { ShardSession } from '@feedmill/store/shard-session/shard-session';
import type pg from 'pg';
import type { WorkerConfig } from '../config.ts';
import type { WorkerLimits } from '../limits.ts';
import type { ReferenceVersion } from '../process/reference-version.ts';
import type { WorkerLog, WorkerStore } from '../worker-deps.ts';

export const SELECT_INSTRUMENTS = `
select i.name, i.publisher_id, i.venue, i.raw_symbol, i.allows_negative_price,
  i.instrument_class, i.base, i.quote, i.multiplier
from feedmill.instrument i order by i.name`;

interface InstrumentColumns {
  readonly name: string;
  readonly publisher_id: number;
  readonly venue: string;
  readonly raw_symbol: string;
  readonly allows_negative_price: boolean;
  readonly instrument_class: number;
  readonly base: string | null;
  readonly quote: string | null;
  readonly multiplier: string;
}

export interface PostgresStoreParts {
  readonly config: Pick<WorkerConfig, 'shard' | 'postgres' | 'clusterId'>;
  readonly limits: WorkerLimits;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** For everything beside the sink; closed with the store. */
  readonly pool: pg.Pool;
  /** Opens the sink's own connections. */
  readonly connect: Connect;
  /** Who holds the shard, for people; no other process ever has the same. */
  readonly holder: string;
  /** Holders of earlier lives of this worker, as its volume remembers them. */
  readonly pastHolders: ReadonlySet<string>;
}

/** Postgres, as a worker uses it. */
export function postgresStore(parts: PostgresStoreParts): WorkerStore {
  const { config, limits, clock, log, pool } = parts;
  /** Tries until Postgres answers. */
  const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let retry = 0; ; retry += 1) {
      try {
        return await ask();
      } catch (error) {
        const failure =
          error instanceof FeedmillError || pgErrorKind(error) !== 'retryable'
            ? FeedmillError.from(error)
            : unavailable(config.postgres, error);
        if (!failure.retryable) throw failure;
        log.warn({ error: failure.message }, 'Waiting for Postgres.');
        await sleep(clock, Math.min(limits.sinkRetryBaseMs * 2 ** retry, limits.sinkRetryCapMs));
      }
    }
  };
  const saveCheckpoint: WorkerStore['saveCheckpoint'] = async (epoch, checkpoint) => {
    const { position, shardState, producers } = checkpoint;
    const { shard } = config;
    await saveStates(pool, { shard, epoch, position, shardState, states: producers });
  };
  return {
    readStanding: () =>
      patiently(async () => {
        const { epoch, position } = (await shardOf(pool, config.shard)) ?? NEVER_HELD;
        return { epoch, position: asPosition(position) };
      }),
    readInstruments: () =>
      patiently(async () => {
        const { rows } = await pool.query<InstrumentColumns>(SELECT_INSTRUMENTS);
        return rows.map((row) => ({
          name: row.name,
          symbol: { publisherId: row.publisher_id, venue: row.venue, rawSymbol: row.raw_symbol },
          traits: {
            allowsNegativePrice: row.allows_negative_price,
            instrumentClass: row.instrument_class as InstrumentClass,
            base: row.base ?? '',
            quote: row.quote ?? '',
            multiplier: BigInt(row.multiplier),
          },
        }));
      }),
    acquire: (standingEpoch) => {
      let expectedEpoch = standingEpoch;
      let isFirst = true;
      // An attempt before may have raised the epoch, soon or late, and its answer was lost.
      const isRaisedByUs = async (): Promise<boolean> => {
        const shard = await shardOf(pool, config.shard);
        if (shard?.holder !== parts.holder || shard.epoch === expectedEpoch) return false;
        expectedEpoch = shard.epoch;
        return true;
      };
      return patiently(async () => {
        if (!isFirst) await isRaisedByUs();
        isFirst = false;
        for (;;) {
          try {
            return await ShardSession.acquire(
              {
                url: config.postgres,
                shard: config.shard,
                clusterId: config.clusterId,
                holder: parts.holder,
                expectedEpoch,
              },
              clock,
              parts.connect,
            );
          } catch (error) {
            const isFenced = error instanceof FeedmillError && error.code === 'FENCED';
            if (!isFenced) throw error;
            if (await isRaisedByUs()) continue;
            const holder = (await shardOf(pool, config.shard))?.holder;
            if (holder === undefined || !parts.pastHolders.has(holder)) throw error;
            log.warn({ holder }, 'An earlier process of this worker took the shard meanwhile.');
            return undefined;
          }
        }
      });
    },
    readCheckpoint: () => patiently(() => selectShardStates(pool, config.shard)),
    readReferences: (known) => readReferences(pool, known),
    async readPast(producerId) {
      const [record] = await selectProducers(pool, [producerId]);
      return { record, states: await selectStates(pool, producerId) };
    },
    async standingEpoch() {
      return (await shardOf(pool, config.shard))?.epoch ?? 0;
    },
    saveCheckpoint,
    saveFirstCheckpoint: (epoch, checkpoint) => patiently(() => saveCheckpoint(epoch, checkpoint)),
    readPendingAlerts: (underWay, limit) =>
      selectPendingAlerts(pool, config.shard, underWay, limit),
    close: () => pool.end(),
  };
}

const NEVER_HELD = { epoch: 0, position: 0 };

const shardOf = async (pool: pg.Pool, shard: number): Promise<ShardRecord | undefined> =>
  (await selectShards(pool)).find((each) => each.shard === shard);

/** Contents are large: they are read only where there is a newer one. */
async function readReferences(
  pool: pg.Pool,
  known: ReadonlyMap<ReferenceKind, number>,
): Promise<ReferenceVersion[]> {
  const newer: ReferenceVersion[] = [];
  for (const [kind, version] of await selectReferenceVersions(pool)) {
    if (!isReferenceKind(kind) || version <= (known.get(kind) ?? 0)) continue;
    const record = await selectReference(pool, kind);
    if (record !== undefined) newer.push({ ...record, kind });
  }
  return newer;
}
