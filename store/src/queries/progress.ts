import type pg from 'pg';

/** A connection or a pool of them. */
export type Queryable = Pick<pg.Pool, 'query'>;

/** A row of feedmill.producer. Counters are totals since the producer's first event. */
export interface ProducerRecord {
  readonly producerId: bigint;
  readonly name: string;
  readonly shard: number;
  readonly epoch: number;
  readonly incarnation: bigint;
  readonly generation: number;
  readonly lastSequence: number;
  readonly lastPosition: number;
  readonly lastTsInit: bigint;
  readonly events: number;
  readonly duplicateEvents: number;
  readonly unstoredEvents: number;
  readonly deadLetters: number;
  readonly gaps: number;
}

const SELECT_PRODUCERS = `
select p.producer_id, p.name, p.shard, p.epoch, p.incarnation, p.generation, p.last_sequence,
  p.last_position, p.last_ts_init, p.events, p.duplicate_events, p.unstored_events, p.dead_letters,
  p.gaps
from feedmill.producer p`;

export const SELECT_PRODUCERS_OF_SHARD = `${SELECT_PRODUCERS} where p.shard = $1 order by p.name`;
export const SELECT_PRODUCERS_BY_ID = `${SELECT_PRODUCERS} where p.producer_id = any ($1::int8[])`;
const SELECT_ALL_PRODUCERS = `${SELECT_PRODUCERS} order by p.name`;

export const SELECT_STATE = `
select s.shard, s.position, s.state from feedmill.producer_state s
where s.producer_id = $1 order by s.position desc`;

export async function selectProducersOfShard(
  db: Queryable,
  shard: number,
): Promise<ProducerRecord[]> {
  return (await db.query<Row>(SELECT_PRODUCERS_OF_SHARD, [shard])).rows.map(recordOf);
}

/** Wherever they were committed last; unknown ones are left out. */
export async function selectProducers(
  db: Queryable,
  producerIds: readonly bigint[],
): Promise<ProducerRecord[]> {
  return (await db.query<Row>(SELECT_PRODUCERS_BY_ID, [producerIds])).rows.map(recordOf);
}

export async function selectAllProducers(db: Queryable): Promise<ProducerRecord[]> {
  return (await db.query<Row>(SELECT_ALL_PRODUCERS)).rows.map(recordOf);
}

export const SELECT_SHARDS = `
select s.shard, s.epoch, s.position, s.cluster_id, s.holder, s.state
from feedmill.shard s order by s.shard`;

/** A row of feedmill.shard. */
export interface ShardRecord {
  readonly shard: number;
  readonly epoch: number;
  readonly position: number;
  readonly clusterId: string;
  readonly holder: string;
  readonly state: 'held' | 'released';
}

export async function selectShards(db: Queryable): Promise<ShardRecord[]> {
  const { rows } = await db.query<{
    shard: number;
    epoch: string;
    position: string;
    cluster_id: string;
    holder: string;
    state: 'held' | 'released';
  }>(SELECT_SHARDS);
  return rows.map(({ shard, epoch, position, cluster_id: clusterId, holder, state }) => ({
    shard,
    epoch: Number(epoch),
    position: Number(position),
    clusterId,
    holder,
    state,
  }));
}

/** A snapshot of processor state that a shard has saved. */
export interface ProducerState {
  readonly shard: number;
  readonly position: number;
  readonly state: Uint8Array;
}

/** The snapshots of a producer, one for each shard that had it. */
export async function selectStates(db: Queryable, producerId: bigint): Promise<ProducerState[]> {
  const { rows } = await db.query<{ shard: number; position: string; state: Buffer }>(
    SELECT_STATE,
    [producerId],
  );
  return rows.map(({ shard, position, state }) => ({ shard, position: Number(position), state }));
}

/** As the server sends it: int8 is text. */
interface Row {
  readonly producer_id: string;
  readonly name: string;
  readonly shard: number;
  readonly epoch: string;
  readonly incarnation: string;
  readonly generation: string;
  readonly last_sequence: string;
  readonly last_position: string;
  readonly last_ts_init: string;
  readonly events: string;
  readonly duplicate_events: string;
  readonly unstored_events: string;
  readonly dead_letters: string;
  readonly gaps: string;
}

const recordOf = (row: Row): ProducerRecord => ({
  producerId: BigInt(row.producer_id),
  name: row.name,
  shard: row.shard,
  epoch: Number(row.epoch),
  incarnation: BigInt.asUintN(64, BigInt(row.incarnation)),
  generation: Number(row.generation),
  lastSequence: Number(row.last_sequence),
  lastPosition: Number(row.last_position),
  lastTsInit: BigInt(row.last_ts_init),
  events: Number(row.events),
  duplicateEvents: Number(row.duplicate_events),
  unstoredEvents: Number(row.unstored_events),
  deadLetters: Number(row.dead_letters),
  gaps: Number(row.gaps),
});
