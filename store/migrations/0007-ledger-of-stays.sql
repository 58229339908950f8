-- A producer may leave a shard and come back while the shard's epoch stays the same. The ledger then
-- has a row for each stay: one range over both would claim what another shard has committed between.

alter table feedmill.producer_epoch drop constraint producer_epoch_pkey,
  add primary key (producer_id, shard, epoch, first_sequence);

create or replace function feedmill.advance_producers(
  p_shard int4, p_epoch int8, p_producer_ids int8[], p_names text[], p_incarnations int8[],
  p_generations int8[], p_first_sequences int8[], p_last_sequences int8[],
  p_first_positions int8[], p_last_positions int8[], p_last_ts_inits int8[],
  p_duplicate_events int8[], p_unstored_events int8[], p_dead_letters int8[], p_gaps int8[]
) returns void language plpgsql as $$
declare
  moved int8;
begin
  insert into feedmill.producer (
    producer_id, last_sequence, last_position, last_ts_init, incarnation, generation, epoch,
    events, duplicate_events, unstored_events, dead_letters, gaps, shard, name)
  select u.producer_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, p_shard, u.name
  from unnest(p_producer_ids, p_names) u (producer_id, name)
  where not exists (select from feedmill.producer p where p.producer_id = u.producer_id);

  update feedmill.producer p set
    last_sequence = u.last_sequence,
    last_position = u.last_position,
    last_ts_init = u.last_ts_init,
    incarnation = u.incarnation,
    generation = u.generation,
    epoch = p_epoch,
    events = p.events + u.last_sequence - u.first_sequence + 1,
    duplicate_events = p.duplicate_events + u.duplicate_events,
    unstored_events = p.unstored_events + u.unstored_events,
    dead_letters = p.dead_letters + u.dead_letters,
    gaps = p.gaps + u.gaps,
    shard = p_shard
  from unnest(
    p_producer_ids, p_incarnations, p_generations, p_first_sequences, p_last_sequences,
    p_last_positions, p_last_ts_inits, p_duplicate_events, p_unstored_events, p_dead_letters,
    p_gaps
  ) u (
    producer_id, incarnation, generation, first_sequence, last_sequence, last_position,
    last_ts_init, duplicate_events, unstored_events, dead_letters, gaps)
  where p.producer_id = u.producer_id
    and p.last_sequence = u.first_sequence - 1
    and u.last_sequence >= u.first_sequence;
  get diagnostics moved = row_count;
  if moved <> cardinality(p_producer_ids) then
    raise exception using errcode = 'FM002', message = (
      select format('sequences do not join those committed before: %s', string_agg(format(
        '%s is at %s and was given %s to %s', p.name, p.last_sequence, u.first_sequence,
        u.last_sequence), '; '))
      from unnest(p_producer_ids, p_first_sequences, p_last_sequences)
        u (producer_id, first_sequence, last_sequence)
      join feedmill.producer p on p.producer_id = u.producer_id
      where p.last_sequence <> u.last_sequence or u.last_sequence < u.first_sequence);
  end if;

  with extended as (
    update feedmill.producer_epoch e set
      last_sequence = u.last_sequence,
      last_position = u.last_position
    from unnest(
      p_producer_ids, p_first_sequences, p_last_sequences, p_last_positions
    ) u (producer_id, first_sequence, last_sequence, last_position)
    where e.producer_id = u.producer_id and e.shard = p_shard and e.epoch = p_epoch
      and e.last_sequence = u.first_sequence - 1
    returning e.producer_id
  )
  insert into feedmill.producer_epoch (
    producer_id, epoch, first_sequence, last_sequence, first_position, last_position, shard)
  select u.producer_id, p_epoch, u.first_sequence, u.last_sequence, u.first_position,
    u.last_position, p_shard
  from unnest(
    p_producer_ids, p_first_sequences, p_last_sequences, p_first_positions, p_last_positions
  ) u (producer_id, first_sequence, last_sequence, first_position, last_position)
  where u.producer_id not in (select x.producer_id from extended x);
end $$;
