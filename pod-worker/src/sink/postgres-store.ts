import { asPosition } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { saveStates } from '@feedmill/store/checkpoint/save-states';
import { type Connect, unavailable } from '@feedmill/store/connection/connect';
import { pgErrorKind } from '@feedmill/store/connection/pg-error';
import { selectProducers, selectShards, selectStates } from '@feedmill/store/queries/progress';
import { ShardSession } from '@feedmill/store/shard-session/shard-session';
import type pg from 'pg';
import type { WorkerConfig } from '../config.ts';
import type { WorkerLimits } from '../limits.ts';
import type { StoredState } from '../recovery.ts';
import type { WorkerLog, WorkerStore } from '../worker-deps.ts';

export const SELECT_INSTRUMENTS = `
select i.name, i.publisher_id, i.venue, i.raw_symbol, i.allows_negative_price
from feedmill.instrument i order by i.name`;

export const SELECT_STATE_OWNERS = `
select s.producer_id from feedmill.producer_state s where s.shard = $1`;

interface InstrumentColumns {
  readonly name: string;
  readonly publisher_id: number;
  readonly venue: string;
  readonly raw_symbol: string;
  readonly allows_negative_price: boolean;
}

export interface PostgresStoreParts {
  readonly config: WorkerConfig;
  readonly limits: WorkerLimits;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** For everything beside the sink; closed with the store. */
  readonly pool: pg.Pool;
  /** Opens the sink's own connections. */
  readonly connect: Connect;
  /** Who holds the shard, for people. */
  readonly holder: string;
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
  return {
    readPosition: () =>
      patiently(async () => {
        const shard = (await selectShards(pool)).find((each) => each.shard === config.shard);
        return asPosition(shard?.position ?? 0);
      }),
    readInstruments: () =>
      patiently(async () => {
        const { rows } = await pool.query<InstrumentColumns>(SELECT_INSTRUMENTS);
        return rows.map((row) => ({
          name: row.name,
          symbol: { publisherId: row.publisher_id, venue: row.venue, rawSymbol: row.raw_symbol },
          allowsNegativePrice: row.allows_negative_price,
        }));
      }),
    acquire: () =>
      patiently(() =>
        ShardSession.acquire(
          {
            url: config.postgres,
            shard: config.shard,
            clusterId: config.clusterId,
            holder: parts.holder,
          },
          clock,
          parts.connect,
        ),
      ),
    readStates: () => patiently(() => readStates(pool, config.shard)),
    async readPast(producerId) {
      const [record] = await selectProducers(pool, [producerId]);
      return { record, states: await selectStates(pool, producerId) };
    },
    async standingEpoch() {
      const shard = (await selectShards(pool)).find((each) => each.shard === config.shard);
      return shard?.epoch ?? 0;
    },
    async saveCheckpoint(epoch, { position, producers }) {
      await saveStates(pool, { shard: config.shard, epoch, position, states: producers });
    },
    close: () => pool.end(),
  };
}

/** Saved states of the producers that a shard has, or had. */
async function readStates(pool: pg.Pool, owner: number): Promise<StoredState[]> {
  const { rows } = await pool.query<{ producer_id: string }>(SELECT_STATE_OWNERS, [owner]);
  const records = await selectProducers(
    pool,
    rows.map((row) => BigInt(row.producer_id)),
  );
  const states: StoredState[] = [];
  for (const producer of records) {
    for (const { shard, position, state } of await selectStates(pool, producer.producerId)) {
      if (shard === owner) states.push({ producer, position, state });
    }
  }
  return states;
}
