-- The best bid and offer of each asset pair over its venues, a row for each change. One venue is as
-- good a witness as another, and their clocks differ: the order is that in which the shard's journal
-- has them, and the time that of the journal.
create table feedmill.cbbo (
  asset_pair_id int8 not null,
  ts_init int8 not null,
  position int8 not null,
  row_index int4 not null,
  shard int4 not null,
  ts_event int8 not null,
  bid_px int8 not null,
  bid_sz int8 not null,
  bid_instrument_id int8 not null,
  ask_px int8 not null,
  ask_sz int8 not null,
  ask_instrument_id int8 not null,
  oldest_ts_recv int8 not null,
  bid_pb int4 not null,
  ask_pb int4 not null,
  venues_live int4 not null,
  venues_stale int4 not null,
  superseded_quotes int4 not null,
  state int2 not null,
  primary key (asset_pair_id, ts_init, shard, position, row_index)
) partition by range (ts_init);

comment on table feedmill.cbbo is
  'Best bid and offer over venues, computed here; what feeds send is in consolidated_quote.';
comment on column feedmill.cbbo.ts_event is
  'Of the event that has changed it; that of the journal where time itself has.';
comment on column feedmill.cbbo.position is 'Journal entry that has made it.';
comment on column feedmill.cbbo.bid_instrument_id is
  'Which instrument, and with it which venue, shows the bid; 0: none.';
comment on column feedmill.cbbo.oldest_ts_recv is
  'Earliest receive time among the quotes that count.';
comment on column feedmill.cbbo.venues_stale is
  'Venues of which there was a quote that does not count now.';
comment on column feedmill.cbbo.superseded_quotes is
  'Quotes passed over since the row before, because a newer one of the same instrument was known.';

create view feedmill.v_cbbo as
select
  feedmill.to_time(c.ts_init) as time,
  p.asset_pair,
  feedmill.to_decimal(c.bid_px) as bid_px,
  feedmill.to_decimal(c.bid_sz) as bid_sz,
  b.venue as bid_venue,
  feedmill.to_decimal(c.ask_px) as ask_px,
  feedmill.to_decimal(c.ask_sz) as ask_sz,
  a.venue as ask_venue,
  c.venues_live,
  c.venues_stale,
  (array['NORMAL', 'LOCKED', 'CROSSED', 'ONE_SIDED', 'EMPTY'])[c.state] as state,
  c.superseded_quotes,
  feedmill.to_time(nullif(c.oldest_ts_recv, 0)) as oldest_received,
  feedmill.to_time(c.ts_event) as event_time,
  b.name as bid_instrument,
  a.name as ask_instrument,
  c.asset_pair_id, c.ts_init, c.shard, c.position, c.row_index
from feedmill.cbbo c
left join feedmill.instrument b on b.instrument_id = c.bid_instrument_id
left join feedmill.instrument a on a.instrument_id = c.ask_instrument_id
left join lateral (
  select i.asset_pair from feedmill.instrument i where i.asset_pair_id = c.asset_pair_id limit 1
) p on true;
