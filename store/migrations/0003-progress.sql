-- Who writes, and how far they are. These rows change with every commit: their pages keep room, so
-- that the new version of a row stays on its page and no index is touched.

create table feedmill.shard (
  shard int4 primary key,
  epoch int8 not null,
  position int8 not null,
  settlements int8 not null default 0,
  cluster_id text not null,
  holder text not null,
  state text not null check (state in ('held', 'released'))
) with (fillfactor = 50);

comment on column feedmill.shard.position is 'Last journal entry whose events are committed.';
comment on column feedmill.shard.settlements is
  'Counts the writes that settled a commit of unknown outcome.';

create table feedmill.producer (
  producer_id int8 primary key,
  last_sequence int8 not null,
  last_position int8 not null,
  last_ts_init int8 not null,
  incarnation int8 not null,
  generation int8 not null,
  epoch int8 not null,
  events int8 not null,
  duplicate_events int8 not null,
  unstored_events int8 not null,
  dead_letters int8 not null,
  gaps int8 not null,
  shard int4 not null,
  name text not null unique
) with (fillfactor = 50);

comment on column feedmill.producer.events is
  'Events committed: last_sequence, unless the producer has an older past.';
comment on column feedmill.producer.duplicate_events is
  'Events told to be repeats by their key: counted, not stored.';
comment on column feedmill.producer.unstored_events is
  'Events that are not stored by configuration (book deltas not asked for).';

-- Which epoch committed which sequences: the proof that every range has one owner.
create table feedmill.producer_epoch (
  producer_id int8 not null,
  epoch int8 not null,
  first_sequence int8 not null,
  last_sequence int8 not null,
  first_position int8 not null,
  last_position int8 not null,
  shard int4 not null,
  primary key (producer_id, shard, epoch)
) with (fillfactor = 50);

-- What the processors know of a producer at a position (windows, sequence domains, book tops), so
-- that another worker goes on from there. Opaque and already packed: compressing it again is waste.
create table feedmill.producer_state (
  producer_id int8 not null,
  position int8 not null,
  shard int4 not null,
  state bytea not null,
  primary key (producer_id, shard)
);

alter table feedmill.producer_state alter column state set storage external;

-- The fence. The update waits for a concurrent holder's, then sees its outcome: nothing but the
-- epoch and position of this very row decides who may write.
create function feedmill.advance_shard(
  p_shard int4, p_epoch int8, p_from_position int8, p_to_position int8
) returns void language plpgsql as $$
declare
  found_shard feedmill.shard;
begin
  update feedmill.shard s set position = p_to_position
  where s.shard = p_shard and s.epoch = p_epoch and s.position = p_from_position;
  if not found then
    select * into found_shard from feedmill.shard s where s.shard = p_shard;
    raise exception using errcode = 'FM001', message = format(
      'shard %s is held by %s with epoch %s at position %s; epoch %s wanted to go on from %s',
      p_shard, coalesce(found_shard.holder, 'nobody'), coalesce(found_shard.epoch, 0),
      coalesce(found_shard.position, 0), p_epoch, p_from_position);
  end if;
end $$;

-- Moves producers on and keeps the ledger. A producer's sequences must join those committed
-- before: whatever else goes wrong, no hole and no repeat gets past here.
create function feedmill.advance_producers(
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

  insert into feedmill.producer_epoch as e (
    producer_id, epoch, first_sequence, last_sequence, first_position, last_position, shard)
  select u.producer_id, p_epoch, u.first_sequence, u.last_sequence, u.first_position,
    u.last_position, p_shard
  from unnest(
    p_producer_ids, p_first_sequences, p_last_sequences, p_first_positions, p_last_positions
  ) u (producer_id, first_sequence, last_sequence, first_position, last_position)
  on conflict (producer_id, shard, epoch) do update set
    last_sequence = excluded.last_sequence,
    last_position = excluded.last_position;
end $$;

-- Ends the sessions of a shard's holders up to an epoch, but not the caller's, and waits until
-- they are gone. Returns the names of those that are not. The built-in wait of
-- pg_terminate_backend looks every 100 ms, which a takeover would feel.
create function feedmill.end_sessions(p_shard int4, p_epoch_max int8, p_wait_ms int4)
returns text[] language plpgsql as $$
declare
  deadline timestamptz := clock_timestamp() + p_wait_ms * interval '1 millisecond';
  pids int4[];
  stuck text[];
begin
  select array_agg(a.pid) into pids
  from pg_stat_activity a
  where a.datname = current_database() and a.pid <> pg_backend_pid()
    and case when a.application_name ~ format('^feedmill-shard-%s-epoch-[0-9]+$', p_shard)
      then split_part(a.application_name, '-', 5)::int8 <= p_epoch_max else false end;
  if pids is null then
    return '{}';
  end if;
  perform pg_terminate_backend(pid) from unnest(pids) pid;
  loop
    perform pg_stat_clear_snapshot();
    select coalesce(array_agg(a.application_name), '{}') into stuck
    from pg_stat_activity a where a.pid = any (pids);
    exit when stuck = '{}' or clock_timestamp() > deadline;
    perform pg_sleep(0.002);
  end loop;
  return stuck;
end $$;
