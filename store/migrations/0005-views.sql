-- The tables as people read them: decimal numbers, times, names. Programs read the tables.

create function feedmill.to_time(p_nanos int8) returns timestamptz
language sql immutable strict parallel safe
return timestamptz 'epoch' + (p_nanos / 1000) * interval '1 microsecond';

comment on function feedmill.to_time is 'Time of a nanosecond count; Postgres keeps microseconds.';

-- For conditions on ts_event, which the keys and partitions serve:
-- ts_event >= feedmill.to_nanos('2024-08-08').
create function feedmill.to_nanos(p_time timestamptz) returns int8
language sql immutable strict parallel safe
return (extract(epoch from p_time) * 1000000)::int8 * 1000;

create function feedmill.to_decimal(p_mantissa int8) returns numeric
language sql immutable strict parallel safe
return trim_scale(nullif(p_mantissa, 9223372036854775807) * 0.000000001);

comment on function feedmill.to_decimal is
  'Value of a price or size; null for a price that does not exist.';

-- Venue sequences and ids are unsigned; a column holds their 64 bits.
create function feedmill.to_unsigned(p_bits int8) returns numeric
language sql immutable strict parallel safe
return case when p_bits < 0 then p_bits + 18446744073709551616 else p_bits end;

create function feedmill.bar_step_name(p_step_ms int8) returns text
language sql immutable strict parallel safe
return case
  when p_step_ms % 86400000 = 0 then p_step_ms / 86400000 || '-DAY'
  when p_step_ms % 3600000 = 0 then p_step_ms / 3600000 || '-HOUR'
  when p_step_ms % 60000 = 0 then p_step_ms / 60000 || '-MINUTE'
  when p_step_ms % 1000 = 0 then p_step_ms / 1000 || '-SECOND'
  else p_step_ms || '-MILLISECOND'
end;

create view feedmill.v_trade as
select
  feedmill.to_time(t.ts_event) as time,
  i.name as instrument,
  feedmill.to_decimal(t.price) as price,
  feedmill.to_decimal(t.size) as size,
  case t.aggressor_side when 1 then 'BUY' when 2 then 'SELL' when 3 then 'NO_AGGRESSOR' end
    as aggressor_side,
  t.trade_id,
  t.conditions,
  t.trf,
  p.name as producer,
  feedmill.to_unsigned(t.sequence) as sequence,
  t.flags,
  feedmill.to_time(t.ts_recv) as received,
  feedmill.to_time(t.ts_init) as stored,
  t.instrument_id, t.ts_event, t.producer_id, t.producer_sequence
from feedmill.trade t
left join feedmill.instrument i on i.instrument_id = t.instrument_id
left join feedmill.producer p on p.producer_id = t.producer_id;

create view feedmill.v_quote as
select
  feedmill.to_time(q.ts_event) as time,
  i.name as instrument,
  feedmill.to_decimal(q.bid_px) as bid_px,
  feedmill.to_decimal(q.bid_sz) as bid_sz,
  feedmill.to_decimal(q.ask_px) as ask_px,
  feedmill.to_decimal(q.ask_sz) as ask_sz,
  q.bid_ct,
  q.ask_ct,
  q.quote_condition,
  q.is_indicative,
  p.name as producer,
  feedmill.to_unsigned(q.sequence) as sequence,
  q.flags,
  feedmill.to_time(q.ts_recv) as received,
  feedmill.to_time(q.ts_init) as stored,
  q.instrument_id, q.ts_event, q.producer_id, q.producer_sequence
from feedmill.quote q
left join feedmill.instrument i on i.instrument_id = q.instrument_id
left join feedmill.producer p on p.producer_id = q.producer_id;

create view feedmill.v_book_delta as
select
  feedmill.to_time(d.ts_event) as time,
  i.name as instrument,
  (array['ADD', 'MODIFY', 'CANCEL', 'CLEAR', 'TRADE', 'FILL'])[d.action] as action,
  (array['BID', 'ASK'])[d.side] as side,
  feedmill.to_decimal(d.price) as price,
  feedmill.to_decimal(d.size) as size,
  feedmill.to_unsigned(d.order_id) as order_id,
  d.depth,
  d.change_index,
  (d.flags & 32) <> 0 as is_snapshot,
  p.name as producer,
  feedmill.to_unsigned(d.sequence) as sequence,
  d.flags,
  d.instrument_id, d.ts_event, d.producer_id, d.producer_sequence
from feedmill.book_delta d
left join feedmill.instrument i on i.instrument_id = d.instrument_id
left join feedmill.producer p on p.producer_id = d.producer_id;

create view feedmill.v_bar as
select
  feedmill.to_time(b.ts_event) as time,
  i.name as instrument,
  i.name || '-' || feedmill.bar_step_name(b.step_ms) || '-LAST-INTERNAL' as bar_type,
  feedmill.to_decimal(b.open) as open,
  feedmill.to_decimal(b.high) as high,
  feedmill.to_decimal(b.low) as low,
  feedmill.to_decimal(b.close) as close,
  trim_scale(b.volume * 0.000000001) as volume,
  trim_scale(b.notional * 0.000000000000000001) as notional,
  feedmill.to_decimal(b.vwap) as vwap,
  b.trade_count,
  trim_scale(b.buy_volume * 0.000000001) as buy_volume,
  trim_scale(b.sell_volume * 0.000000001) as sell_volume,
  feedmill.to_time(b.ts_event + b.step_ms * 1000000) as closes,
  b.revision,
  b.is_final,
  (array['OK', 'GAP', 'PARTIAL', 'STALE'])[b.quality] as quality,
  p.name as producer,
  b.instrument_id, b.step_ms, b.ts_event, b.producer_id
from feedmill.bar b
left join feedmill.instrument i on i.instrument_id = b.instrument_id
left join feedmill.producer p on p.producer_id = b.producer_id;

create view feedmill.v_news as
select
  feedmill.to_time(n.ts_event) as time,
  n.headline,
  (array['POSITIVE', 'NEUTRAL', 'NEGATIVE'])[n.sentiment_label] as sentiment,
  n.sentiment_score,
  n.source,
  n.url,
  n.language,
  n.revision,
  n.is_correction,
  n.entities,
  p.name as producer,
  n.ts_event, n.producer_id, n.producer_sequence
from feedmill.news n
left join feedmill.producer p on p.producer_id = n.producer_id;

create view feedmill.v_order_event as
select
  feedmill.to_time(o.ts_event) as time,
  i.name as instrument,
  o.order_id,
  o.client_order_id,
  o.account,
  (array['NEW', 'ACCEPTED', 'PARTIAL_FILL', 'FILL', 'CANCEL', 'REJECT', 'REPLACE', 'EXPIRE']
  )[o.action] as action,
  (array['BUY', 'SELL'])[o.side] as side,
  (array['LIMIT', 'MARKET'])[o.order_type] as order_type,
  (array['DAY', 'IOC', 'GTC', 'FOK'])[o.time_in_force] as time_in_force,
  feedmill.to_decimal(o.price) as price,
  feedmill.to_decimal(o.size) as size,
  feedmill.to_decimal(o.leaves_size) as leaves_size,
  feedmill.to_decimal(o.last_price) as last_price,
  feedmill.to_decimal(o.last_size) as last_size,
  o.trade_id,
  o.reason,
  p.name as producer,
  o.instrument_id, o.ts_event, o.producer_id, o.producer_sequence
from feedmill.order_event o
left join feedmill.instrument i on i.instrument_id = o.instrument_id
left join feedmill.producer p on p.producer_id = o.producer_id;

create view feedmill.v_gap as
select
  p.name as producer,
  i.name as instrument,
  g.channel_id,
  g.session_id,
  g.epoch,
  feedmill.to_unsigned(g.first_missing) as first_missing,
  feedmill.to_unsigned(g.last_missing) as last_missing,
  g.missing_count,
  g.repaired_count,
  (array['NETWORK', 'RESTART', 'OVERFLOW', 'UNKNOWN'])[g.cause] as cause,
  (array['SNAPSHOT', 'RETRANSMIT', 'REST', 'NONE'])[g.repaired_by] as repaired_by,
  g.is_reported,
  feedmill.to_time(g.ts_detected) as detected,
  feedmill.to_time(g.ts_repaired) as repaired,
  g.producer_id, g.instrument_id, g.producer_sequence
from feedmill.gap g
left join feedmill.instrument i on i.instrument_id = g.instrument_id
left join feedmill.producer p on p.producer_id = g.producer_id;

create view feedmill.v_dead_letter as
select
  p.name as producer,
  l.producer_sequence,
  i.name as instrument,
  l.reason,
  l.message,
  feedmill.to_time(l.ts_init) as received,
  l.shard,
  l.position,
  octet_length(l.raw) as raw_bytes,
  l.producer_id
from feedmill.dead_letter l
left join feedmill.instrument i on i.instrument_id = l.instrument_id
left join feedmill.producer p on p.producer_id = l.producer_id;
