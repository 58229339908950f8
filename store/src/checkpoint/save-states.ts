import type { Epoch, Position } from '@feedmill/core/brand';
import type pg from 'pg';

/** The state of the processors of a shard after a position, one for each producer. */
export interface ShardStates {
  readonly shard: number;
  readonly epoch: Epoch;
  /** Committed already: a state says what rows before it led to. */
  readonly position: Position;
  readonly states: readonly { readonly producerId: bigint; readonly state: Uint8Array }[];
}

// Not locked: the sink would wait. Should a newer epoch come in between, nothing is wrong with the
// state of a position that was committed before it.
export const FIND_SHARD = `
select from feedmill.shard s where s.shard = $1 and s.epoch = $2 and s.position >= $3`;

export const SAVE_STATE = `
insert into feedmill.producer_state (producer_id, shard, position, state)
values ($1, $2, $3, $4)
on conflict (producer_id, shard) do update set
  position = excluded.position,
  state = excluded.state
where producer_state.position <= excluded.position`;

/**
 * Saves states beside the sink, whose transactions need not wait for megabytes of them. All or
 * none; nothing where another epoch holds the shard by now.
 *
 * @returns whether they were saved
 * @throws the error of pg; nothing was saved then
 */
export async function saveStates(pool: pg.Pool, saved: ShardStates): Promise<boolean> {
  const { shard, epoch, position, states } = saved;
  const client = await pool.connect();
  // The query that runs says that the connection is lost; unheard, the event would end the process.
  const onLost = (): void => undefined;
  client.on('error', onLost);
  try {
    await client.query('begin');
    const held = await client.query(FIND_SHARD, [shard, epoch, position]);
    if (held.rowCount === 1) {
      for (const { producerId, state } of states) {
        await client.query(SAVE_STATE, [producerId, shard, position, state]);
      }
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
