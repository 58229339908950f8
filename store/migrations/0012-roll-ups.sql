-- Bars of an hour and of a day, for questions over months, and earlier revisions of bars, for
-- questions about what was known. Both are kept up by the transaction that writes the bars.

-- Bars of 3,600,000 and 86,400,000 ms, each the sum of the bars of 5 min in it. A few rows a day and
-- instrument: a year of five hundred is a million.
create table feedmill.bar_rollup (
  instrument_id int8 not null,
  step_ms int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  open int8 not null,
  high int8 not null,
  low int8 not null,
  close int8 not null,
  vwap int8 not null,
  trade_count int8 not null,
  ts_init int8 not null,
  revision int4 not null,
  quality int2 not null,
  is_final bool not null,
  volume numeric not null,
  buy_volume numeric not null,
  sell_volume numeric not null,
  notional numeric not null,
  primary key (instrument_id, step_ms, ts_event, producer_id)
);

comment on column feedmill.bar_rollup.is_final is
  'Whether those of its bars that there are yet are final.';

-- What a bar said before it said something else.
create table feedmill.bar_revision (
  instrument_id int8 not null,
  step_ms int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  revision int4 not null,
  open int8 not null,
  high int8 not null,
  low int8 not null,
  close int8 not null,
  vwap int8 not null,
  trade_count int8 not null,
  ts_init int8 not null,
  ts_known int8 not null,
  quality int2 not null,
  is_final bool not null,
  volume numeric not null,
  buy_volume numeric not null,
  sell_volume numeric not null,
  notional numeric not null,
  primary key (instrument_id, step_ms, ts_event, producer_id, revision)
);

alter table feedmill.bar add column ts_known int8;

comment on column feedmill.bar.ts_known is
  'Since when the bar says what it says; null: since ts_init.';

-- Sums up intervals of an hour from bars of 5 min, and of a day from those of an hour.
create function feedmill.roll_up(
  p_instrument_ids int8[], p_producer_ids int8[], p_starts int8[], p_step_ms int8
) returns void language sql as $$
  insert into feedmill.bar_rollup as r (
    instrument_id, step_ms, ts_event, producer_id, open, high, low, close, vwap, trade_count,
    ts_init, revision, quality, is_final, volume, buy_volume, sell_volume, notional)
  select u.instrument_id, p_step_ms, u.ts_event, u.producer_id,
    coalesce((array_agg(b.open order by b.ts_event)
      filter (where b.open <> 9223372036854775807))[1], 9223372036854775807),
    coalesce(max(b.high) filter (where b.high <> 9223372036854775807), 9223372036854775807),
    min(b.low),
    coalesce((array_agg(b.close order by b.ts_event desc)
      filter (where b.close <> 9223372036854775807))[1], 9223372036854775807),
    case when sum(b.volume) = 0 then 9223372036854775807
      else feedmill.divide_half_even(sum(b.notional), sum(b.volume)) end,
    sum(b.trade_count)::int8, max(b.ts_init), sum(b.revision)::int4,
    coalesce(min(b.quality) filter (where b.quality <> 1), 1),
    bool_and(b.is_final), sum(b.volume), sum(b.buy_volume), sum(b.sell_volume), sum(b.notional)
  from unnest(p_instrument_ids, p_producer_ids, p_starts) u (instrument_id, producer_id, ts_event)
  cross join lateral (
    select b.open, b.high, b.low, b.close, b.trade_count, b.ts_init, b.revision, b.quality,
      b.is_final, b.volume, b.buy_volume, b.sell_volume, b.notional, b.ts_event
    from feedmill.bar b
    where p_step_ms = 3600000 and b.instrument_id = u.instrument_id and b.step_ms = 300000
      and b.ts_event >= u.ts_event and b.ts_event < u.ts_event + 3600000000000
      and b.producer_id = u.producer_id
    union all
    select h.open, h.high, h.low, h.close, h.trade_count, h.ts_init, h.revision, h.quality,
      h.is_final, h.volume, h.buy_volume, h.sell_volume, h.notional, h.ts_event
    from feedmill.bar_rollup h
    where p_step_ms = 86400000 and h.instrument_id = u.instrument_id and h.step_ms = 3600000
      and h.ts_event >= u.ts_event and h.ts_event < u.ts_event + 86400000000000
      and h.producer_id = u.producer_id
  ) b
  group by u.instrument_id, u.producer_id, u.ts_event
  on conflict (instrument_id, step_ms, ts_event, producer_id) do update set
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    vwap = excluded.vwap, trade_count = excluded.trade_count, ts_init = excluded.ts_init,
    revision = excluded.revision, quality = excluded.quality, is_final = excluded.is_final,
    volume = excluded.volume, buy_volume = excluded.buy_volume,
    sell_volume = excluded.sell_volume, notional = excluded.notional
$$;

create function feedmill.roll_up_bars() returns trigger language plpgsql as $$
declare
  instrument_ids int8[];
  producer_ids int8[];
  starts int8[];
  step int8;
begin
  if not exists (select from changed c where c.step_ms = 300000) then
    return null;
  end if;
  foreach step in array array[3600000, 86400000] loop
    select array_agg(u.instrument_id), array_agg(u.producer_id), array_agg(u.ts_event)
    into instrument_ids, producer_ids, starts
    from (
      select distinct c.instrument_id, c.producer_id,
        feedmill.interval_start(c.ts_event, step) as ts_event
      from changed c where c.step_ms = 300000
    ) u;
    perform feedmill.roll_up(instrument_ids, producer_ids, starts, step);
  end loop;
  return null;
end $$;

create function feedmill.keep_bar_revisions() returns trigger language plpgsql as $$
begin
  insert into feedmill.bar_revision (
    instrument_id, step_ms, ts_event, producer_id, revision, open, high, low, close, vwap,
    trade_count, ts_init, ts_known, quality, is_final, volume, buy_volume, sell_volume, notional)
  select s.instrument_id, s.step_ms, s.ts_event, s.producer_id, s.revision, s.open, s.high, s.low,
    s.close, s.vwap, s.trade_count, s.ts_init, coalesce(s.ts_known, s.ts_init), s.quality,
    s.is_final, s.volume, s.buy_volume, s.sell_volume, s.notional
  from superseded s join changed c using (instrument_id, step_ms, ts_event, producer_id)
  where s.revision <> c.revision
  on conflict do nothing;
  return null;
end $$;

create trigger bar_inserted after insert on feedmill.bar
referencing new table as changed
for each statement execute function feedmill.roll_up_bars();

create trigger bar_updated after update on feedmill.bar
referencing new table as changed
for each statement execute function feedmill.roll_up_bars();

create trigger bar_superseded after update on feedmill.bar
referencing old table as superseded new table as changed
for each statement execute function feedmill.keep_bar_revisions();

-- What there was before.
with hours as (
  select array_agg(u.instrument_id) as instrument_ids, array_agg(u.producer_id) as producer_ids,
    array_agg(u.ts_event) as starts
  from (
    select distinct b.instrument_id, b.producer_id,
      feedmill.interval_start(b.ts_event, 3600000) as ts_event
    from feedmill.bar b where b.step_ms = 300000
  ) u
) select feedmill.roll_up(h.instrument_ids, h.producer_ids, h.starts, 3600000) from hours h;

with days as (
  select array_agg(u.instrument_id) as instrument_ids, array_agg(u.producer_id) as producer_ids,
    array_agg(u.ts_event) as starts
  from (
    select distinct h.instrument_id, h.producer_id,
      feedmill.interval_start(h.ts_event, 86400000) as ts_event
    from feedmill.bar_rollup h where h.step_ms = 3600000
  ) u
) select feedmill.roll_up(d.instrument_ids, d.producer_ids, d.starts, 86400000) from days d;
