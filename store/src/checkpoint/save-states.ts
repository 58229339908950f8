import type { Epoch, Position } from '@feedmill/core/brand';
import type pg from 'pg';

/** What the processors know of one producer. */
export interface ProducerState {
  readonly producerId: bigint;
  readonly name: string;
  readonly incarnation: bigint;
  readonly state: Uint8Array;
}

/** The state of the processors of a shard after a position. */
export interface ShardStates {
  readonly shard: number;
  readonly epoch: Epoch;
  /** Committed already: a state says what rows before it led to. */
  readonly position: Position;
  /** Of what holds for all producers. */
  readonly shardState: Uint8Array;
  readonly states: readonly ProducerState[];
}

// Not locked: the sink would wait. Should a newer epoch come in between, nothing is wrong with the
// state of a position that was committed before it.
export const FIND_SHARD = `
select from feedmill.shard s where s.shard = $1 and s.epoch = $2 and s.position >= $3`;

export const SAVE_STATE = `
insert into feedmill.producer_state (producer_id, shard, position, state, name, incarnation)
values ($1, $2, $3, $4, $5, $6)
on conflict (producer_id, shard, handed_over) do update set
  position = excluded.position,
  state = excluded.state,
  name = excluded.name,
  incarnation = excluded.incarnation
where producer_state.position <= excluded.position`;

export const SAVE_SHARD_STATE = `
insert into feedmill.shard_state (shard, position, state)
values ($1, $2, $3)
on conflict (shard) do update set position = excluded.position, state = excluded.state
where shard_state.position <= excluded.position`;

/** In one statement, so that both are of one moment. */
export const SELECT_SHARD_STATES = `
select h.position, h.state as shard_state, s.producer_id, s.name, s.incarnation, s.state
from feedmill.shard_state h
left join feedmill.producer_state s
  on s.shard = h.shard and s.position = h.position and not s.handed_over
where h.shard = $1`;

/**
 * Saves states beside the sink, whose transactions need not wait for megabytes of them. All or
 * none; nothing where another epoch holds the shard by now.
 *
 * @returns whether they were saved
 * @throws the error of pg; nothing was saved then
 */
export async function saveStates(pool: pg.Pool, saved: ShardStates): Promise<boolean> {
  const { shard, epoch, position, shardState, states } = saved;
  const client = await pool.connect();
  // The query that runs says that the connection is lost; unheard, the event would end the process.
  const onLost = (): void => undefined;
  client.on('error', onLost);
  try {
    await client.query('begin');
    const held = await client.query(FIND_SHARD, [shard, epoch, position]);
    if (held.rowCount === 1) {
      for (const { producerId, name, incarnation, state } of states) {
        const values = [producerId, shard, position, state, name, incarnation];
        await client.query(SAVE_STATE, values);
      }
      await client.query(SAVE_SHARD_STATE, [shard, position, shardState]);
    }
    await client.query('commit');
    return held.rowCount === 1;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.off('error', onLost);
    client.release();
  }
}

/** What saveStates kept last. */
export interface SavedStates {
  readonly position: number;
  readonly shardState: Uint8Array;
  readonly states: readonly ProducerState[];
}

/**
 * The newest states of a shard that were kept together; undefined where there are none, or where
 * one does not say whose it is.
 */
export async function selectShardStates(
  pool: pg.Pool,
  shard: number,
): Promise<SavedStates | undefined> {
  const { rows } = await pool.query<{
    position: string;
    shard_state: Buffer;
    producer_id: string | null;
    name: string | null;
    incarnation: string | null;
    state: Buffer | null;
  }>(SELECT_SHARD_STATES, [shard]);
  const [first] = rows;
  if (first === undefined) return undefined;
  const states: ProducerState[] = [];
  for (const { producer_id, name, incarnation, state } of rows) {
    if (producer_id === null || state === null) continue;
    if (name === null || incarnation === null) return undefined;
    states.push({
      producerId: BigInt(producer_id),
      name,
      incarnation: BigInt(incarnation),
      state,
    });
  }
  return { position: Number(first.position), shardState: first.shard_state, states };
}
